"""What `scripts/start_batch.sh` says of the gate's answer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTHING = '{"closed": [], "started": null}'
STARTED = '{"closed": ["20260319T060000Z-000017"], "started": "20260319T060000Z-000017-r1"}'
IN_TURN = '{"closed": [], "started": "20260319T060000Z-000017-r1"}'
REFUSED = '{"batch_id": "20260319T060000Z-000017", "refused": "there is no such batch"}'
BUSY = '{"closed": [], "started": null, "busy": "files wait, but another closing is under way"}'
QUEUED = '{"closed": ["20260319T060000Z-000017"], "started": null}'
AGAIN = '{"batch_id": "20260319T060000Z-000017", "started": null}'
TURN = "\nIt waits for its turn: another batch runs (`make watch ARGS=--all` follows both)."
WORDS = "No file waits in landing for a batch: nothing was closed, and nothing is started."


@pytest.mark.parametrize(
    ("answer", "options", "said", "code"),
    [
        pytest.param(NOTHING, [], WORDS, 0, id="nothing waits"),
        pytest.param(NOTHING, ["--json"], NOTHING, 0, id="nothing waits, for a script"),
        pytest.param(STARTED, [], STARTED, 0, id="one is started"),
        pytest.param(IN_TURN, [], IN_TURN, 0, id="one whose turn it was is started"),
        pytest.param(QUEUED, [], QUEUED + TURN, 0, id="one waits behind another"),
        pytest.param(QUEUED, ["--json"], QUEUED, 0, id="one waits, for a script"),
        pytest.param(AGAIN, [], AGAIN + TURN, 0, id="a failed one waits behind another"),
        pytest.param(REFUSED, [], REFUSED, 70, id="refused"),
        pytest.param(BUSY, [], BUSY, 75, id="another closing is under way"),
    ],
)
def test_the_gate_s_answer_is_told_and_in_a_sentence_where_nothing_waits(
    tmp_path: Path, answer: str, options: list[str], said: str, code: int
) -> None:
    aws = tmp_path / "aws"
    aws.write_text(f"#!/bin/bash\nprintf '%s' '{answer}' > \"${{@: -1}}\"\necho None\n")
    aws.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ORDERS_ENV_FILE": os.devnull}
    told = subprocess.run(
        ["scripts/start_batch.sh", "--function", "gate", *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.stdout.strip(), told.returncode) == (said, code), told.stderr

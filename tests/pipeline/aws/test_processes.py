"""Real processes of the command: killed, told to stop, out of variables."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.facts.aws import Task
from spark_jobs.facts.words import Outcome
from tests.builders import a_shop_file, an_order
from tests.cli.conftest import start_orders
from tests.pipeline.aws.cloud import Cloud
from tests.pipeline.shop import MORNING

pytestmark = [pytest.mark.slow, pytest.mark.kill]


def test_a_task_stopped_within_a_query_leaves_nothing_and_can_be_repeated(
    cloud: Cloud, tmp_path: Path
) -> None:
    orders = [an_order(str(number)) for number in range(150_000)]
    a_shop_file(tmp_path / "in" / "orders" / "o.csv", orders)
    batch_id = cloud.drop(tmp_path / "in", MORNING)
    arguments = ("validate", "--manifest", cloud.row(batch_id)["manifest"])
    told = cloud.variables(batch_id) | {"ORDERS_TASK_MEMORY": "4096"}
    process = start_orders(*arguments, cwd=tmp_path, **told)
    assert process.stdout
    said: list[dict[str, Any]] = []
    for line in process.stdout:
        said.append(json.loads(line))
        if said[-1].get("stage") == "preflight":
            time.sleep(0.2)  # the split runs now: over a second
            process.send_signal(signal.SIGTERM)
            stopped = time.monotonic()
    _, errors = process.communicate()
    assert process.returncode == 143, errors
    assert time.monotonic() - stopped < 15
    assert "split" in [line.get("stage") for line in said]
    assert [line for line in said if line["message"] == "outcome"] == []
    assert said[-1]["message"] == "terminated"
    assert "validate_outcome" not in cloud.row(batch_id)
    assert cloud.keys("staged/") == []
    assert list(cloud.work.iterdir()) == []
    assert cloud.run(Task.VALIDATE, batch_id) is Outcome.ACCEPTED


def test_a_killed_task_leaves_its_verdict_to_the_next(cloud: Cloud, tmp_path: Path) -> None:
    a_shop_file(tmp_path / "in" / "orders" / "o.csv", [an_order()])
    batch_id = cloud.drop(tmp_path / "in", MORNING)
    arguments = ("validate", "--manifest", cloud.row(batch_id)["manifest"])
    told = cloud.variables(batch_id)
    killed = start_orders(*arguments, cwd=tmp_path, ORDERS_KILL_AT="after:leave_verdict", **told)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    attempt = cloud.verdict(batch_id)["attempt"]
    process = start_orders(*arguments, cwd=tmp_path, **told)
    said, errors = process.communicate()
    assert process.returncode == 0, errors
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["message"] for line in lines] == ["started", "verdict adopted", "outcome"]
    assert lines[1]["attempt"] == attempt == cloud.verdict(batch_id)["attempt"]
    del told["ORDERS_LAKE_BUCKET"], told["ORDERS_EXECUTION"]
    process = start_orders(*arguments, cwd=tmp_path, **told)
    _, errors = process.communicate()
    assert process.returncode == 64
    assert "ORDERS_LAKE_BUCKET" in errors
    assert "ORDERS_EXECUTION" in errors

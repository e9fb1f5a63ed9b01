"""`orders watch` as a process: beside runs, in a pipe, interrupted."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.batch.received import Registration
from spark_jobs.batch.registry import Registry
from tests.cli.conftest import a_shop, run_orders, start_orders


def documents(text: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def test_a_run_is_followed_to_its_kpi_changes_and_not_disturbed(tmp_path: Path) -> None:
    landing = a_shop(tmp_path / "landing", bad_records=2)
    watch = start_orders("watch", "--json", "--strict", "--every", "0.2", cwd=tmp_path)
    assert watch.stdout
    assert "waiting for a batch" in watch.stdout.readline()
    run = run_orders("run", landing, "--json", cwd=tmp_path)
    said, errors = watch.communicate(timeout=60)
    assert (run.returncode, watch.returncode, errors) == (0, 4, "")
    lines, report = documents(said), json.loads(run.stdout, parse_float=Decimal)
    marks = [(line["step"], line["mark"]) for line in lines if "step" in line]
    assert list(dict.fromkeys(step for step, mark in marks if mark == "done")) == [
        "files",
        "validate",
        "transform",
        "end",
    ]
    (end,) = [line for line in lines if "end" in line]
    assert end["batch"] == report["batch"]["batch_id"]
    assert (end["end"], end["verdict"], end["exit_code"]) == ("done", "partial", 4)
    assert end["days_changed"] == report["transform"]["days_changed"]
    days = [day["after"]["total_revenue"] for day in end["days_changed"]]
    categories = [one["revenue_after"] for one in end["categories_changed"]]
    assert sum(days) == sum(categories) == Decimal("50.00")

    batch_id = end["batch"]
    again = run_orders("watch", batch_id, cwd=tmp_path)
    assert again.returncode == 0
    assert f"Batch {batch_id}: done" in again.stdout
    assert "Days changed: 2" in again.stdout
    assert "Categories changed: 1" in again.stdout


def test_a_rejected_batch_exits_3_and_an_abandoned_one_70(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "lake" / "registry.db")
    for batch_id in ("b1", "b2"):
        registry.register(batch_id, [])
    registry.finish("b1", "rejected", [])
    registry.set_state("b2", "abandoned")
    rejected = run_orders("watch", "b1", "--lake", "lake", cwd=tmp_path)
    abandoned = run_orders("watch", "b2", "--lake", "lake", cwd=tmp_path)
    assert (rejected.returncode, abandoned.returncode) == (3, 70)
    assert "The KPIs are as they were." in rejected.stdout


def test_once_shows_a_batch_on_its_way(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "lock").write_text(json.dumps({"pid": os.getpid()}))
    registry = Registry(tmp_path / "lake" / "registry.db")
    registry.register("b1", [Registration("orders", "x", "orders/a.csv", _now())])
    shown = run_orders("watch", "--once", "--lake", "lake", cwd=tmp_path)
    assert shown.returncode == 0
    assert "validate   now" in shown.stdout
    assert "Days changed" not in shown.stdout


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody"],
        ["--once", "--all"],
        ["--lake", "lake", "--state-table", "t"],
        ["--every", "0"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_64(tmp_path: Path, arguments: list[str]) -> None:
    assert run_orders("watch", *arguments, cwd=tmp_path).returncode == 64


def test_without_a_region_aws_is_refused_with_the_cure(tmp_path: Path) -> None:
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_REGION": "", "AWS_DEFAULT_REGION": ""}
    done = run_orders("watch", "--state-table", "t", cwd=tmp_path, **nothing)
    assert done.returncode == 64
    assert "AWS_REGION" in done.stderr


def test_looking_loads_no_engine(tmp_path: Path) -> None:
    program = (
        "import sys; from spark_jobs.cli.main import main; main(['watch', '--once', '--json']);"
        "heavy = {'pyspark', 'pysail', 'pyarrow', 'pandas', 'great_expectations', 'boto3'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_on_a_terminal_the_steps_move_and_an_interruption_leaves_it_whole(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "lock").write_text(json.dumps({"pid": os.getpid()}))
    registry = Registry(tmp_path / "lake" / "registry.db")
    registry.register("b\x1b[2J1", [])
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "spark_jobs.cli", "watch", "--lake", "lake"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while b"validate" not in seen:
        seen += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        seen += _rest(ours)
    seen += _rest(ours)
    os.close(ours)
    assert process.returncode == 130
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")  # the cursor is back
    assert b"interrupted" in seen
    assert b"\x1b[2J" not in seen


def _rest(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""

"""`orders watch` beside the whole pipeline on a loopback AWS."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.session import Engine
from tests.aws.chain import Chain
from tests.aws.tasks import in_this_process
from tests.aws.test_chain import SAMPLE, broken_files, deployed, files_in, lake_sail  # noqa: F401
from tests.cli.conftest import run_orders, start_orders
from tests.publish.stage import ORDERS
from tests.step_functions.asl.acts import dies, fails

pytestmark = pytest.mark.slow
INTERRUPTED = 130
STEPS = ["files", "turn", "validate", "transform", "alert", "archive", "end"]


@pytest.fixture
def chain(deployed: Any, lake_sail: Engine) -> Chain:  # noqa: F811
    """A deployment whose tasks run here."""
    found: Chain = deployed(in_this_process(lake_sail))
    return found


@pytest.fixture
def watching(chain: Chain, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `orders watch` on the deployment; ends what still watches."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        table = {"ORDERS_STATE_TABLE": chain.table.name, "AWS_ACCESS_KEY_ID": "watch"}
        process = start_orders("watch", "--every", "0.2", *arguments, cwd=tmp_path, **table)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_three_batches_in_turn_are_followed_to_their_kpi_changes(
    chain: Chain, watching: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    watch = watching("--json", "--all")
    assert told(watch)["told"].startswith("waiting for a batch: nothing waits in landing")
    for number in (1, 2, 3):
        chain.tell(chain.drop(files_in(SAMPLE / f"batch-{number}")))
    batches = [row["sk"] for row in chain.batches]
    chain.run()
    lines = list(until_end(watch, batches[-1]))
    watch.send_signal(signal.SIGINT)
    assert watch.wait(20) == INTERRUPTED
    ends = [line for line in lines if "end" in line]
    assert [(end["batch"], end["verdict"]) for end in ends] == list(
        zip(batches, ("accepted", "accepted", "partial"), strict=True)
    )
    for batch_id in batches:
        steps = [line["step"] for line in lines if line.get("batch") == batch_id and "step" in line]
        assert list(dict.fromkeys(steps)) == STEPS
    for end in ends:
        days = sum(revenue(day["after"]) - revenue(day["before"]) for day in end["days_changed"])
        split = end["categories_changed"]
        assert days == sum(one["revenue_after"] - one["revenue_before"] for one in split)
    total = sum(Decimal(item["total_revenue"]) for item in chain.kpis()[ORDERS])
    changes = (day for end in ends for day in end["days_changed"])
    assert total == sum(revenue(day["after"]) - revenue(day["before"]) for day in changes)

    lines_of_one = seen(chain, tmp_path, "--state-table", chain.table.name, batches[2])
    assert "partial: 3 files (2 partial, 1 rejected)" in lines_of_one.stdout
    assert "3 of 3" in lines_of_one.stdout
    assert lines_of_one.returncode == 0


def test_a_rejected_and_a_failed_batch_have_their_exit_codes_and_cures(
    chain: Chain, tmp_path: Path
) -> None:
    chain.tell(chain.drop(broken_files(tmp_path / "broken")))
    chain.acts["RunTransformationTask"] = [fails("States.TaskFailed", dies())] * 5
    chain.run()
    chain.tell(chain.drop(files_in(SAMPLE / "batch-1")))
    rejected, failed = (row["sk"] for row in chain.batches)
    chain.run()
    shown = seen(chain, tmp_path, rejected)
    assert (shown.returncode, "2 rejected" in shown.stdout) == (3, True)
    assert "The KPIs are as they were." in shown.stdout
    shown = seen(chain, tmp_path, failed)
    assert shown.returncode == 70
    assert f"scripts/start_batch.sh --again {failed}" in shown.stdout
    assert "the files stay in landing" in shown.stdout

    assert chain.gate({"again": failed})["started"] == f"{failed}-r2"
    shown = seen(chain, tmp_path, "--once")
    assert f"Batch {failed}, run 2: RUNNING" in shown.stdout
    assert shown.returncode == 0
    chain.run()
    assert seen(chain, tmp_path, failed).returncode == 0


def revenue(kpis: dict[str, Decimal] | None) -> Decimal:
    """Of a day, as it was or is."""
    return kpis["total_revenue"] if kpis else Decimal(0)


def seen(chain: Chain, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `orders watch` shows without a terminal."""
    table = {"ORDERS_STATE_TABLE": chain.table.name, "AWS_ACCESS_KEY_ID": "watch"}
    if "--state-table" in arguments:
        del table["ORDERS_STATE_TABLE"]
    return run_orders("watch", "--every", "0.2", *arguments, cwd=folder, **table)


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found: dict[str, Any] = json.loads(line, parse_float=Decimal)
    return found


def until_end(process: subprocess.Popen[str], batch_id: str) -> Iterator[dict[str, Any]]:
    """The lines up to a batch's end."""
    while True:
        line = told(process)
        yield line
        if line.get("batch") == batch_id and "end" in line:
            return

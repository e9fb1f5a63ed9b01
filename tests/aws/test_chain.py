"""From a file dropped in landing to its KPIs: all parts together, as they are deployed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.facts.aws import BatchState, FileState
from spark_jobs.pipeline import RunOptions, run_batch
from spark_jobs.session import Engine, GlueWarehouse
from tests.aws.chain import Chain
from tests.aws.deployment import DATABASE, LAKE
from tests.aws.tasks import RunTask, in_this_process
from tests.builders import a_shop_file, an_item, an_order
from tests.pipeline.shop import STAMPS, contents, lake_of, rows
from tests.step_functions.asl.acts import dies, fails
from tests.support.aws_server import AwsServer

SAMPLE = Path(str(resources.files("spark_jobs"))) / "sample"
WAREHOUSE = GlueWarehouse(DATABASE, f"s3://{LAKE}/warehouse")
pytestmark = pytest.mark.slow


@pytest.fixture
def lake_sail(glue_sail: Engine) -> Engine:
    """To look into the lake with."""
    return glue_sail.for_warehouse(WAREHOUSE)


@pytest.fixture
def deployed(
    aws: AwsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[RunTask], Chain]:
    """Deploys into an empty account; the argument runs its tasks."""
    monkeypatch.setenv("MOTO_PORT", aws.url.rpartition(":")[2])
    (tmp_path / "work").mkdir()
    return lambda run_task: Chain(tmp_path / "work", run_task, monkeypatch)


def test_three_batches_in_turn_end_as_local_runs_of_the_same_files(
    deployed: Callable[[RunTask], Chain], lake_sail: Engine, tmp_path: Path
) -> None:
    chain = deployed(in_this_process(lake_sail))
    folders = [SAMPLE / f"batch-{number}" for number in (1, 2, 3)]
    for folder in folders:
        chain.tell(chain.drop(files_in(folder)))
    assert [row["state"] for row in chain.batches] == ["RUNNING", "WAITING", "WAITING"]
    batches = [row["sk"] for row in chain.batches]
    assert chain.run() == [f"{batch_id}-r1" for batch_id in batches]
    assert [chain.ended[f"{batch_id}-r1"].status for batch_id in batches] == ["SUCCEEDED"] * 3
    assert_at_rest(chain)
    assert subjects(chain) == [
        f"order-pipeline: accepted, batch {batches[0]}, 14 days changed",
        f"order-pipeline: accepted, batch {batches[1]}, 11 days changed",
        f"order-pipeline: partial, batch {batches[2]}, 1 of 3 files rejected, 3 records quarant...",
    ]
    assert archived(chain) == {
        *(("processed", batches[0], path.name) for path in files_in(folders[0])),
        *(("processed", batches[1], path.name) for path in files_in(folders[1])),
        *(("processed", batches[2], f"{name}_0317.csv") for name in ("orders", "order_items")),
        ("invalid", batches[2], "orders_0318_app.csv"),
    }
    for folder in folders:
        options = RunOptions(received_at=received(chain))
        run_batch(lake_sail, folder, tmp_path / "lake", options=options)
    local = lake_of(lake_sail, tmp_path / "lake")
    assert_same(chain, lake_sail, local)
    about = ("batch_id", "sequence", "finished_at", "updated_at", "version")
    assert rows(lake_sail, "received_files", about) == rows(local, "received_files", about)


def test_shuffled_twice_broken_lost_and_failed_on_the_way_they_end_as_one_local_run(
    deployed: Callable[[RunTask], Chain], lake_sail: Engine, tmp_path: Path
) -> None:
    chain = deployed(in_this_process(lake_sail))
    chain.tell(chain.drop(broken_files(tmp_path / "all")))
    (rejected,) = [row["sk"] for row in chain.batches]
    assert chain.run() == [f"{rejected}-r1"]
    assert chain.ended[f"{rejected}-r1"].error == "DataRejected"
    assert {place for place, *_ in archived(chain)} == {"invalid"}
    assert_at_rest(chain)
    assert subjects(chain) == [f"order-pipeline: rejected, batch {rejected}, 2 of 2 files rejected"]

    sample = files_in(SAMPLE)
    random.Random(4).shuffle(sample)
    first, last = sample[:8], sample[8:]
    chain.acts["RunTransformationTask"] = [fails("States.TaskFailed", dies())] * 5
    events = chain.drop(first)
    chain.tell([*events[1:], *events[4:]])
    failed = chain.batches[-1]["sk"]
    later = [*chain.drop(last), *chain.drop(sample)]
    random.Random(4).shuffle(later)
    chain.tell([*events, *later])  # the first came late: the failed batch is closed by now
    second = chain.batches[-1]["sk"]
    assert chain.run() == [f"{failed}-r1", f"{second}-r1"]
    assert chain.ended[f"{failed}-r1"].error == "TransformationFailed"
    assert chain.batch(failed)["state"] == BatchState.FAILED
    assert len(chain.versions("landing/")) == 7
    assert len(chain.waits) == 4
    assert chain.gate({"again": failed}) == {"batch_id": failed, "started": f"{failed}-r2"}
    assert chain.run() == [f"{failed}-r2"]
    assert_at_rest(chain)
    assert subjects(chain) == [
        f"order-pipeline: batch {failed} ended TRANSFORMATION_FAILED",
        f"order-pipeline: partial, batch {second}, 1 of 17 files rejected, 3 records quaran...",
        f"order-pipeline: accepted, batch {failed}, 0 days changed",
    ]
    for path in sample:
        copy = tmp_path / "all" / path.parent.name / path.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    options = RunOptions(received_at=received(chain))
    assert in_tables(lake_sail, rejected) == {
        ("order_items/broken.csv", "rejected", 1),
        ("orders/broken.csv", "rejected", 3),
    }
    assert len(rows(lake_sail, "batches")) == 3
    run_batch(lake_sail, tmp_path / "all", tmp_path / "lake", options=options)
    assert_same(chain, lake_sail, lake_of(lake_sail, tmp_path / "lake"))


def files_in(folder: Path) -> list[Path]:
    """The CSV files below a folder."""
    return sorted(folder.rglob("*.csv"))


def broken_files(folder: Path) -> list[Path]:
    """A file of orders and one of items, without a time in any record."""
    orders, items = folder / "orders" / "broken.csv", folder / "order_items" / "broken.csv"
    a_shop_file(orders, [an_order(str(number), at="yesterday") for number in range(3)])
    a_shop_file(items, [an_item("1", at="yesterday")])
    return [orders, items]


def in_tables(engine: Engine, batch_id: str) -> set[tuple[str, str, int]]:
    """Name, verdict and number of records of each file that the lake knows of a batch."""
    files = [row for row in rows(engine, "received_files") if row["batch_id"] == batch_id]
    return {(row["file"], row["verdict"], row["records"]) for row in files}


def received(chain: Chain) -> dict[str, datetime]:
    """When each file was received first, by its name."""
    times: dict[str, datetime] = {}
    for row in chain.files:
        name, at = row["key"].removeprefix("landing/"), datetime.fromisoformat(row["received_at"])
        times[name] = min(times.get(name, at), at)
    return times


def subjects(chain: Chain) -> list[str]:
    """The subjects of the mails that came, each of which says more."""
    mails = chain.mails()
    assert all(len(mail["Message"]) > 200 for mail in mails)
    return [mail["Subject"] for mail in mails]


def archived(chain: Chain) -> set[tuple[str, str, str]]:
    """Folder, batch and name of every version in the archive; each is noted in its row."""
    keys = chain.versions("archive/")
    assert sorted(row["archived_to"] for row in chain.files) == keys
    return {(place, batch_id, key[-1]) for _, place, batch_id, *key in (k.split("/") for k in keys)}


def assert_at_rest(chain: Chain) -> None:
    """Nothing is left to do: the sweep finds nothing, and landing is empty."""
    swept = chain.gate({"sweep": True})
    figures = swept.pop("figures")
    assert not any(swept.values()), swept
    assert [figures[n] for n in ("WaitingFiles", "WaitingBatches", "FailedBatches")] == [0, 0, 0]
    assert chain.versions("landing/") == []
    assert {row["state"] for row in chain.files} == {FileState.ARCHIVED}
    assert {row["state"] for row in chain.batches} == {BatchState.DONE}
    assert "execution" not in chain.lease


def assert_same(chain: Chain, engine: Engine, local: Engine) -> None:
    """Lake and KPI tables say what a local lake says."""
    assert contents(engine) == contents(local)
    stamps = ("batch_id", "quarantined_at")
    assert rows(engine, "quarantine", stamps) == rows(local, "quarantine", stamps)
    for name, found in chain.kpis().items():
        assert values(found) == values(rows(local, name, ("order_month",)))


def values(found: list[dict[str, Any]]) -> set[frozenset[tuple[str, object]]]:
    """Rows or items as named values without stamps: Numbers as Decimals, all else as text."""
    return {
        frozenset(
            (name, Decimal(value) if isinstance(value, int | Decimal) else str(value))
            for name, value in one.items()
            if name not in STAMPS
        )
        for one in found
    }

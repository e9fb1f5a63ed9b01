"""The jobs as tasks: what a local run leaves, from manifests, repeated, killed and fenced out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from spark_jobs.facts.aws import Task
from spark_jobs.facts.words import Outcome
from spark_jobs.pipeline import RunOptions, run_batch
from tests.builders import a_shop_file
from tests.pipeline.aws.cloud import Cloud
from tests.pipeline.shop import (
    MORNING,
    STAMPS,
    a_landing,
    assert_fits_schema,
    contents,
    lake_of,
    orders_with_bad_ones,
    rows,
)

SAMPLE = Path(str(resources.files("spark_jobs"))) / "sample"
OF_THE_RUN = (*STAMPS, "sequence", "durations", "engine", "versions", "finished_at")


def test_two_batches_leave_the_lake_and_the_kpis_of_a_local_run(
    cloud: Cloud, tmp_path: Path
) -> None:
    times = [datetime(2026, 4, day, 8, tzinfo=UTC) for day in (1, 3)]
    folders = [SAMPLE / f"batch-{number}" for number in (1, 3)]  # all: tests/aws/test_chain.py
    for folder, at in zip(folders, times, strict=True):
        batch_id = cloud.drop(folder, at)
        outcomes = cloud.run_both(batch_id)
        assert outcomes[-1] is Outcome.DONE
        document = cloud.verdict(batch_id)
        assert_fits_schema(document)
        assert outcomes[0] == document["verdict"]
        assert cloud.row(batch_id)["verdict"].endswith("/r1/verdict.json")
        assert f"Batch {batch_id} was" in cloud.row(batch_id)["alert_message"]
        assert f"verdicts/{batch_id}/verdict.json" in cloud.keys("verdicts/")
        report = run_batch(
            cloud.engine, folder, tmp_path / "lake", options=RunOptions(received_at=at)
        )
        told = {(file["name"], file["verdict"], file["staged"]) for file in document["files"]}
        local = {(file.name, file.verdict, file.staged) for file in (*report.files,)}
        assert told >= local
    local_lake = lake_of(cloud.engine, tmp_path / "lake")
    assert contents(cloud.engine) == contents(local_lake)
    for table, apart in {
        "quarantine": ("batch_id", "quarantined_at"),
        "received_files": OF_THE_RUN,
        "product_daily": STAMPS,
    }.items():
        assert rows(cloud.engine, table, apart) == rows(local_lake, table, apart), table
    for name, items in zip(("order_kpi_table", "category_kpi_table"), cloud.kpis(), strict=True):
        lake_rows = rows(cloud.engine, name, ("order_month", "updated_at"))
        assert _values(items) == _values(lake_rows)
    before = cloud.kpis(), contents(cloud.engine)
    for task in Task:
        assert cloud.run(task, batch_id)
    assert (cloud.kpis(), contents(cloud.engine)) == before


def test_a_batch_leaves_the_same_items_on_each_engine(each_cloud: Cloud, tmp_path: Path) -> None:
    landing = a_landing(tmp_path / "in")
    a_shop_file(landing / "orders" / "b.csv", orders_with_bad_ones(39, 1)[1:])
    batch_id = each_cloud.drop(landing, MORNING)
    assert each_cloud.run_both(batch_id) == [Outcome.PARTIAL, Outcome.DONE]
    [[day], [category]] = each_cloud.kpis()
    assert [day[name] for name in ("total_orders", "total_revenue", "version")] == [39, 30, 1]
    assert [category[name] for name in ("daily_revenue", "batch_id")] == [30, batch_id]
    assert len(rows(each_cloud.engine, "quarantine")) == 1
    assert each_cloud.engine.name == each_cloud.verdict(batch_id)["engine"]


def _values(found: list[Any]) -> set[frozenset[tuple[str, object]]]:
    """Rows or items as named values: Numbers as Decimals, all else as text."""
    return {
        frozenset(
            (name, Decimal(value) if isinstance(value, int | Decimal) else str(value))
            for name, value in one.items()
            if name != "updated_at"
        )
        for one in found
    }

"""Two sessions on one lake: nothing is lost, nothing is in twice, and who lost the lease stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from spark_jobs.facts.effects import Effect
from spark_jobs.facts.errors import CommitConflict, TransientError
from spark_jobs.facts.words import Dataset
from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.lines import order_lines
from spark_jobs.lake import again
from spark_jobs.lake.again import again_on_conflict
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.history import FileHistory, record_files
from spark_jobs.lake.merge import merge_batch
from spark_jobs.lake.plan import plan_batch
from spark_jobs.lake.publication import publish_frame
from spark_jobs.session import Engine, GlueWarehouse
from spark_jobs.session.conflicts import telling_conflicts
from tests.lake.stage import NOW, a_batch, a_product, an_item, an_order, table, take_in, utc

LATER = utc("2025-05-01")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "PAUSE_SECONDS", 0.01)


def commits(lake: Lake) -> int:
    """How many commits all tables have seen: Iceberg numbers its metadata files."""
    states = [lake.engine.state(name) for name in lake.tables]
    return sum(int(state.rpartition("/")[2].partition("-")[0]) for state in states if state)


def test_two_sessions_that_count_in_one_row_lose_nothing(glue_engine: Engine) -> None:
    glue_engine.create_table("counter", "id string, n bigint")
    glue_engine.insert("counter", glue_engine.spark.sql("SELECT 'a' AS id, CAST(0 AS bigint) AS n"))
    together, met = threading.Barrier(2, timeout=60), []

    def add() -> None:
        # Written here, for `merge` sets columns only to the source's.
        with telling_conflicts("counter"):
            glue_engine.spark.sql(
                f"MERGE INTO {glue_engine.table('counter')} AS t USING (SELECT 'a' AS id) AS s "
                "ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.n = t.n + 1"
            ).collect()

    def count() -> None:
        for _ in range(4):
            together.wait()
            again_on_conflict(add, lambda: met.append("conflict"), attempts=9)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,) = glue_engine.read("counter").collect()
    assert met, "no conflict was met, so nothing was tested"
    assert row["n"] == 8


def test_a_plan_that_another_session_overtook_is_not_carried_out(lake: Lake) -> None:
    batch = {"orders": [an_order()], "order_items": [an_item()], "products": [a_product()]}
    overtaken = plan_batch(lake, a_batch(lake.engine, "b1", **batch))
    take_in(lake, "b1", **batch)

    with pytest.raises(CommitConflict, match="products: the table has changed"):
        merge_batch(lake, overtaken)

    take_in(lake, "b1", **batch)
    assert [len(table(lake, dataset)) for dataset in Dataset] == [1, 1, 1]


def test_a_moved_row_is_met_where_another_session_has_put_it(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order()])
    moved = an_order(at="2025-07-01T10:00", received_at=LATER, file_sha256="f3", record=3)
    batch = a_batch(lake.engine, "b3", orders=[moved])
    plans = [plan_batch(lake, batch)]
    take_in(
        lake, "b2", orders=[an_order(at="2025-06-01T10:00", received_at=LATER, file_sha256="f2")]
    )

    def step() -> None:
        merge_batch(lake, plans.pop() if plans else plan_batch(lake, batch))

    again_on_conflict(step, lake.guard)
    (order,) = table(lake, Dataset.ORDERS)
    assert order["order_month"] == "2025-07"


def test_rows_that_another_session_added_meanwhile_are_not_added_again(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ("b1", an_order()["order_date"], "", NOW)
    rows = lake.engine.spark.createDataFrame([row], lake.tables["outbox"].ddl)
    other, kept = replace(lake), Lake.keep

    def overtaken(self: Lake, name: str, frame: object) -> object:
        found = kept(self, name, frame)  # type: ignore[arg-type]
        if self is lake and not table(lake, "outbox"):
            other.insert_absent("outbox", rows, Effect.OPEN_OUTBOX)
        return found

    monkeypatch.setattr(Lake, "keep", overtaken)
    lake.insert_absent("outbox", rows, Effect.OPEN_OUTBOX)
    assert len(table(lake, "outbox")) == 1


def test_no_commit_is_made_without_a_look_at_the_lease(sail_lake: Lake) -> None:
    seen: list[int] = []
    guarded = replace(sail_lake, guard=lambda: seen.append(commits(sail_lake)))
    rows = {"orders": [an_order()], "order_items": [an_item()], "products": [a_product()]}
    moved = an_order(at="2025-04-01T10:00", received_at=LATER, file_sha256="f2")
    cancelled = an_order(received_at=utc("2025-05-02"), file_sha256="f3", final_cancelled=True)

    take_in(guarded, "b1", **rows)
    publish(guarded)
    take_in(guarded, "b2", orders=[moved])
    publish(guarded)
    take_in(guarded, "b3", orders=[cancelled | {"status": "cancelled"}])
    publish(guarded)
    record_files(guarded, [FileHistory("orders", "f1", "o.csv", None, 1, NOW, "b1", "x", None, 1)])

    seen.append(commits(sail_lake))
    assert seen[-1] > 12
    assert {after - before for before, after in pairwise(seen)} <= {0, 1}


def test_who_has_lost_the_lease_changes_nothing(sail_lake: Lake) -> None:
    def lost() -> None:
        raise TransientError("the lease is another execution's")

    before = commits(sail_lake)
    with pytest.raises(TransientError, match="another execution's"):
        take_in(replace(sail_lake, guard=lost), "b1", orders=[an_order()])
    assert commits(sail_lake) == before


def test_tables_are_created_only_with_the_lease(
    glue_sail: Engine, warehouse: GlueWarehouse, tmp_path: Path
) -> None:
    def lost() -> None:
        raise TransientError("the lease is another execution's")

    engine = glue_sail.for_warehouse(warehouse)
    with pytest.raises(TransientError, match="another execution's"):
        Lake.open(engine, scratch=tmp_path, guard=lost)
    assert engine.table_names() == []


def publish(lake: Lake) -> None:
    """The categories' KPIs of two months."""
    lines = lake.keep(
        "lines",
        order_lines(
            lake.frame(Dataset.ORDERS),
            lake.frame(Dataset.ORDER_ITEMS),
            lake.frame(Dataset.PRODUCTS),
        ),
    )
    months = ["2025-03", "2025-04"]
    publish_frame(
        lake, "category_kpi_table", category_kpis(lines), months, batch_id="b", version=1, now=NOW
    )


def conflicting(times: int) -> tuple[Callable[[], str], list[str]]:
    """A step that meets so many conflicts, and what happened."""
    happened: list[str] = []

    def step() -> str:
        happened.append("step")
        if happened.count("step") <= times:
            raise CommitConflict("somebody else")
        return "done"

    return step, happened


def test_a_step_is_run_again_after_a_look_at_the_lease() -> None:
    step, happened = conflicting(2)
    assert again_on_conflict(step, lambda: happened.append("guard")) == "done"
    assert happened == ["step", "guard", "step", "guard", "step"]


def test_a_step_that_always_meets_conflicts_ends_after_the_third_attempt() -> None:
    step, happened = conflicting(99)
    with pytest.raises(CommitConflict):
        again_on_conflict(step, lambda: happened.append("guard"))
    assert happened.count("step") == 3


def test_a_step_is_not_run_again_when_the_lease_is_lost() -> None:
    step, happened = conflicting(1)

    def lost() -> None:
        raise TransientError("the lease is another execution's")

    with pytest.raises(TransientError, match="another execution's"):
        again_on_conflict(step, lost)
    assert happened == ["step"]

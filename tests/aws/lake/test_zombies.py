"""A process that stood still between its look at lease and table and its statement: a zombie.

It wakes when others have gone on. Its own state of the lake is `zombie`; what has happened
meanwhile is done by `lake` at the moment at which it is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame

from spark_jobs.facts import effects
from spark_jobs.facts.effects import Effect
from spark_jobs.facts.errors import CommitConflict
from spark_jobs.facts.words import Dataset
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.merge import MERGE_EFFECTS, merge_batch, repair
from spark_jobs.lake.outbox import OpenDays, close_days, open_days, read_open_days
from spark_jobs.lake.plan import plan_batch
from spark_jobs.lake.publication import STAMP, publish_frame
from tests.lake.stage import (
    ITEMS,
    NOW,
    ORDERS,
    Values,
    a_batch,
    a_product,
    an_item,
    an_order,
    table,
    take_in,
    utc,
)

DAY, MARCH = date(2025, 3, 8), "2025-03"
TABLE = "category_kpi_table"


@pytest.fixture
def zombie(lake: Lake) -> Lake:
    """The lake as one sees it who shares it, and whose look at the lease was in time."""
    return replace(lake, guard=lambda: None)


@contextmanager
def held(
    monkeypatch: pytest.MonkeyPatch, effect: Effect, meanwhile: Callable[[], object]
) -> Iterator[None]:
    """Whoever comes to the effect stands still there, once, until the others are done."""
    waiting = [f"before:{effect}"]

    def reached(moment: str) -> None:
        if moment in waiting:
            waiting.clear()
            meanwhile()

    monkeypatch.setattr(effects, "_kill_at", reached)
    with suppress(CommitConflict):
        yield
    assert not waiting, f"nobody came to {effect}"


@pytest.mark.parametrize("dataset", list(Dataset))
def test_who_stood_still_before_an_insert_adds_nothing_twice(
    lake: Lake, zombie: Lake, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = {"orders": [an_order()], "order_items": [an_item()], "products": [a_product()]}
    plan = plan_batch(zombie, a_batch(lake.engine, "b1", **batch))
    with held(monkeypatch, MERGE_EFFECTS[dataset], lambda: take_in(lake, "b1", **batch)):
        merge_batch(zombie, plan)
    assert [len(table(lake, one)) for one in Dataset] == [1, 1, 1]


def later(day: str, sha: str, **values: str) -> Values:
    """The order O1, as a later file has it."""
    return an_order(received_at=utc(day), file_sha256=sha, **values)


def test_who_stood_still_before_a_merge_adds_nothing_twice_and_brings_nothing_old_back(
    lake: Lake, zombie: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(lake, "b0", orders=[an_order(status="processing")])
    new = an_order("O2", at="2025-05-01T10:00", file_sha256="f2", record=2)
    second = {"orders": [later("2025-05-02", "f2", status="shipped"), new]}
    plan = plan_batch(zombie, a_batch(lake.engine, "b1", **second))

    def meanwhile() -> None:
        take_in(lake, "b1", **second)
        take_in(lake, "b2", orders=[later("2025-05-03", "f3", status="returned")])

    with held(monkeypatch, Effect.MERGE_ORDERS, meanwhile):
        merge_batch(zombie, plan)
    found = [(row["order_id"], row["status"]) for row in table(lake, ORDERS)]
    assert found == [("O1", "returned"), ("O2", "delivered")]


def test_who_stood_still_before_a_repair_takes_no_item_back(
    lake: Lake, zombie: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(lake, "b0", orders=[an_order()], order_items=[an_item()])
    moved = a_batch(lake.engine, "b1", orders=[later("2025-05-02", "f2", at="2025-03-09T10:00")])
    plan = plan_batch(lake, moved)
    open_days(lake, "b1", plan.days, NOW)
    merge_batch(lake, plan)

    def meanwhile() -> None:
        repair(lake, [MARCH])
        take_in(lake, "b2", orders=[later("2025-05-03", "f3", at="2025-03-10T10:00")])

    with held(monkeypatch, Effect.REPAIR_ITEM_DAYS, meanwhile):
        repair(zombie, [MARCH])
    (item,) = table(lake, ITEMS)
    assert item["order_date"] == date(2025, 3, 10)


def kpis(lake: Lake, revenue: str, *categories: str) -> DataFrame:
    """The categories of the day."""
    values = [(name, DAY, *[Decimal(revenue)] * 3, Decimal(0)) for name in categories]
    spec = lake.tables[TABLE].columns
    names = [name for name in spec if name not in (*STAMP, "order_month")]
    ddl = ", ".join(f"{name} {spec[name]}" for name in names)
    return lake.engine.spark.createDataFrame(values, ddl)


def opened_for(lake: Lake, batch_id: str) -> OpenDays:
    """The day is open for the batch."""
    days = lake.engine.spark.createDataFrame([(DAY,)], "order_date date")
    open_days(lake, batch_id, days, NOW)
    return read_open_days(lake)


def publish(lake: Lake, rows: DataFrame, version: int, opened: OpenDays) -> str | None:
    return publish_frame(
        lake, TABLE, rows, [MARCH], batch_id="b", version=version, now=NOW, opened=opened
    )


def published(lake: Lake) -> list[tuple[str, str]]:
    return [(row["category"], str(row["daily_revenue"])) for row in table(lake, TABLE)]


@pytest.mark.parametrize(
    ("before", "old"),
    [
        pytest.param(("Toys",), ("Toys", "Games"), id="other numbers"),
        pytest.param(("Toys",), (), id="an empty month"),
        pytest.param((), ("Games",), id="the first numbers"),
    ],
)
def test_who_stood_still_before_a_publication_brings_no_old_numbers_back(
    lake: Lake,
    zombie: Lake,
    before: tuple[str, ...],
    old: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if before:
        publish(lake, kpis(lake, "1.00", *before), 1, opened_for(lake, "b0"))
        close_days(lake, read_open_days(lake))
    opened = opened_for(lake, "b1")

    def meanwhile() -> None:
        """The successor's numbers are those of before, so that no row has a stamp of its own."""
        publish(lake, kpis(lake, "1.00", "Toys"), 3, opened)
        close_days(lake, opened)

    with held(monkeypatch, Effect.PUBLISH_CATEGORY_KPIS, meanwhile):
        publish(zombie, kpis(lake, "2.00", *old), 2, opened)
    assert published(lake) == [("Toys", "1.00")]


def test_days_that_are_open_are_published_in_a_lake_that_is_shared(
    lake: Lake, zombie: Lake
) -> None:
    publish(zombie, kpis(lake, "1.00", "Toys"), 1, opened_for(lake, "b0"))
    publish(zombie, kpis(lake, "2.00", "Toys", "Games"), 2, opened_for(lake, "b0"))
    assert published(lake) == [("Games", "2.00"), ("Toys", "2.00")]
    state = publish(zombie, kpis(lake, "1.00"), 3, opened_for(lake, "b0"))
    assert published(lake) == []
    close_days(zombie, read_open_days(lake), {TABLE: state})
    assert table(lake, "outbox") == []


def test_days_over_which_somebody_has_published_stay_open(lake: Lake, zombie: Lake) -> None:
    """He woke when his successor had published, and had not closed the days yet."""
    opened = opened_for(lake, "b1")
    state = publish(lake, kpis(lake, "2.00", "Toys"), 2, opened)
    publish(zombie, kpis(lake, "1.00", "Toys"), 1, opened)
    with pytest.raises(CommitConflict, match=f"{TABLE}: somebody else has published"):
        close_days(lake, opened, {TABLE: state})
    assert read_open_days(lake).months == (MARCH,)

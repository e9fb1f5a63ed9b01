"""A transform that dies anywhere, and what runs after it, ends as if it had never died."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.facts import effects
from spark_jobs.facts.effects import Effect
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.merge import merge_batch, repair
from spark_jobs.lake.outbox import close_days, open_days, read_open_days
from spark_jobs.lake.plan import plan_batch
from spark_jobs.lake.reconcile import days_astray, repeated_keys
from spark_jobs.lake.staged import StagedBatch
from spark_jobs.session import Engine
from tests.lake.stage import (
    ITEMS,
    NOW,
    ORDERS,
    a_batch,
    a_product,
    an_item,
    an_order,
    data_tables,
    days_of,
    table,
    take_in,
    utc,
)

STEPS = (
    Effect.OPEN_OUTBOX,
    Effect.MERGE_PRODUCTS,
    Effect.MERGE_ORDERS,
    Effect.MERGE_ORDER_ITEMS,
    Effect.REPAIR_ITEM_DAYS,
    Effect.CLOSE_OUTBOX,
)
MOMENTS = [f"{when}:{step}" for step in STEPS for when in ("before", "after")]
MONTHS = ("2025-03", "2025-05")


class Killed(Exception):  # noqa: N818 - it stands for a signal
    """The process is gone."""


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make the named moment end everything; an empty name lets all pass."""

    def arrange(moment: str) -> None:
        def reach(name: str) -> None:
            if name == moment:
                raise Killed

        monkeypatch.setattr(effects, "_kill_at", reach)

    return arrange


def first_rows() -> dict[str, list[dict[str, Any]]]:
    return {
        "orders": [an_order(), an_order("O2", record=2)],
        "order_items": [an_item(), an_item("I3", "O3", record=2)],
        "products": [a_product()],
    }


def second_batch(engine: Engine) -> StagedBatch:
    """O1 moves with its item, O3 releases an item, P1 changes its category, I2 is new."""
    later: dict[str, Any] = {"file_sha256": "f2", "received_at": utc("2025-05-02")}
    return a_batch(
        engine,
        "b2",
        orders=[
            an_order(at="2025-05-01T10:00", **later),
            an_order("O3", at="2025-05-02T10:00", **later),
        ],
        order_items=[an_item("I2", "O2", **later)],
        products=[a_product(category="Games", **later)],
    )


def transform(lake: Lake, batch: StagedBatch) -> list[date]:
    """The days that were published."""
    plan = plan_batch(lake, batch)
    open_days(lake, batch.batch_id, plan.days, NOW)
    merge_batch(lake, plan)
    opened = read_open_days(lake)
    repair(lake, opened.months)
    published = days_of(opened.rows)
    close_days(lake, opened)
    return published


@contextmanager
def a_started_lake(engine: Engine, folder: Path) -> Iterator[Lake]:
    with Lake.open(engine.for_warehouse(folder)) as lake:
        take_in(lake, "b1", **first_rows())
        yield lake


def assert_whole(lake: Lake) -> None:
    assert days_astray(lake, MONTHS) == []
    assert repeated_keys(lake, ORDERS) == repeated_keys(lake, ITEMS) == []
    assert table(lake, "outbox") == []


def test_killed_at_one_step_after_the_other_it_ends_as_if_never_killed(
    engine: Engine, sail_engine: Engine, tmp_path: Path, killed_at: Callable[[str], None]
) -> None:
    with a_started_lake(sail_engine, tmp_path / "calm") as lake:
        published = transform(lake, second_batch(sail_engine))
        assert_whole(lake)
        expected = data_tables(lake)
    # A few on Spark, where each attempt takes long.
    moments = MOMENTS if engine.name == "sail" else MOMENTS[5:8:2]
    with a_started_lake(engine, tmp_path / "killed") as lake:
        deaths, seen = 0, set[date]()
        for moment in moments:
            killed_at(moment)
            try:
                seen |= set(transform(lake, second_batch(engine)))
            except Killed:
                deaths += 1
        killed_at("")
        assert deaths == len(moments)
        seen |= set(transform(lake, second_batch(engine)))
        assert_whole(lake)
        assert data_tables(lake) == expected
        assert published == [date(2025, 3, 8), date(2025, 5, 1), date(2025, 5, 2)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_another_batch_finishes_what_a_dead_one_began(
    sail_engine: Engine, tmp_path: Path, killed_at: Callable[[str], None], moment: str
) -> None:
    with a_started_lake(sail_engine, tmp_path / "lake") as lake:
        killed_at(moment)
        with pytest.raises(Killed):
            transform(lake, second_batch(sail_engine))
        killed_at("")

        other = a_batch(sail_engine, "b3", orders=[an_order("O7", record=7)])
        published = transform(lake, other)

        assert_whole(lake)
        assert date(2025, 3, 8) in published
        if moment not in ("before:open_outbox", "after:close_outbox"):
            assert published == [date(2025, 3, 8), date(2025, 5, 1), date(2025, 5, 2)]

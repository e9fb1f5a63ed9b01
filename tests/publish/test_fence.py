"""Only the holder of the fence writes: a task thought dead neither overwrites nor revives."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from spark_jobs.facts import effects
from spark_jobs.facts.effects import AwsEffect
from spark_jobs.facts.errors import FencedOutError
from spark_jobs.facts.exits import Exit
from spark_jobs.session import Engine
from tests.publish.stage import (
    CATEGORIES,
    MARCH_8,
    MINE,
    ORDERS,
    STATE,
    Press,
    Values,
    a_category,
    a_day,
    answer,
    hold_lease,
    items,
    keys,
    kpi_tables,
)

LATER: Values = {"version": 2, "batch_id": "b2"}
NAMES = [f"Category {number:03}" for number in range(250)]
"""Three transactions on one day."""


class Killed(Exception):  # noqa: N818 - it stands for a signal
    """The process is gone."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Let the n-th time that a moment is reached be the last."""

    def arrange(moment: str, times: int) -> None:
        reached = []

        def reach(name: str) -> None:
            reached.extend([name] if name == moment else [])
            if len(reached) == times:
                raise Killed

        monkeypatch.setattr(effects, "_kill_at", reach)

    return arrange


@pytest.mark.parametrize(
    ("execution", "fence"), [(MINE, 2), ("b1-r2", 1), ("b2-r1", 2)], ids=["fence", "run", "both"]
)
def test_a_zombie_writes_nothing(press: Press, execution: str, fence: int) -> None:
    press.publish(a_day(), a_category())
    before = kpi_tables(press.client)
    hold_lease(press.client, execution, fence)
    changed = a_day(total_orders=9), a_category(net_revenue=Decimal(9)), a_category("Toys")
    with pytest.raises(FencedOutError, match=MINE) as fenced_out:
        press.publish(*changed)
    assert kpi_tables(press.client) == before
    assert fenced_out.value.exit_code == Exit.TRANSIENT


def test_a_zombie_writes_nothing_where_the_lease_is_free(press: Press) -> None:
    press.client.delete_item(TableName=STATE, Key={"pk": {"S": "lease"}, "sk": {"S": "lease"}})
    with pytest.raises(FencedOutError):
        press.publish(a_day())
    assert kpi_tables(press.client) == [[], []]


def test_a_zombie_does_not_revive_what_was_deleted(press: Press) -> None:
    old = press.publication(a_day(), a_category(), a_category("Toys"))
    press.publisher().publish(old)
    hold_lease(press.client, fence=2)
    toys = (("Toys", MARCH_8),)
    press.publish(a_day(**LATER), a_category(**LATER), published=toys, version=2)
    with pytest.raises(FencedOutError):
        press.publisher().publish(old)
    assert keys(press.client, CATEGORIES) == ["Beauty/2025-03-08"]
    assert [item["version"] for item in items(press.client, ORDERS)] == [2]


def test_a_zombie_does_not_delete_what_came_back(press: Press) -> None:
    hold_lease(press.client, fence=2)
    press.publish(a_day(), a_category("Toys", **LATER), version=2)
    with pytest.raises(FencedOutError):
        press.publish(a_day(), published=(("Toys", MARCH_8),), version=1)
    assert keys(press.client, CATEGORIES) == ["Toys/2025-03-08"]


def test_a_fence_drawn_between_two_transactions_stops_the_second(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = answer(press.client)

    def draw(moment: str) -> None:
        if moment == f"after:{AwsEffect.PUBLISH_ITEMS}":
            hold_lease(press.client, fence=2)

    monkeypatch.setattr(effects, "_kill_at", draw)
    with pytest.raises(FencedOutError):
        press.publish(a_day(), *(a_category(name) for name in NAMES))
    assert len(made) == 2
    assert sum(map(len, kpi_tables(press.client))) == 99


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_publish_that_died_half_written_is_made_good_by_the_next(
    sail_engine: Engine,
    local: Any,
    kill_at: Callable[[str, int], None],
    moment: str,
    times: int,
) -> None:
    """The first writes 250 categories; what comes next knows 50 of them and 50 others."""
    press = Press(sail_engine, local)
    wanted = [a_day(**LATER), *(a_category(name, **LATER) for name in NAMES[200:])]
    wanted += [a_category(f"New {number:02}", **LATER) for number in range(50)]
    kill_at(f"{moment}:{AwsEffect.PUBLISH_ITEMS}", times)
    with pytest.raises(Killed):
        press.publish(a_day(), *(a_category(name) for name in NAMES))
    half = sum(map(len, kpi_tables(press.client)))
    assert half == min(99 * (times - (moment == "before")), 251)

    kill_at("never", 1)
    hold_lease(press.client, "b2-r1", 2)
    publication = press.publication(
        *wanted, published=tuple((name, MARCH_8) for name in NAMES), version=2
    )
    press.publisher("b2-r1").publish(publication)

    assert [item["version"] for item in items(press.client, ORDERS)] == [2]
    found = items(press.client, CATEGORIES)
    assert {item["version"] for item in found} == {2}
    assert [item["category"] for item in found] == sorted(
        row["category"] for row in wanted if "category" in row
    )

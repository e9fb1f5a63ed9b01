"""Which version of a row wins: each part of the provenance decides once, on its own."""

from typing import Any

import pytest

from spark_jobs.facts.canonical import PROVENANCE
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.plan import plan_batch
from spark_jobs.lake.receipts import Receipt
from tests.lake.stage import NEVER, ORDERS, a_batch, an_order, provenance, table, take_in, utc

# For each part a pair in which all parts before it are equal and all after it speak against it.
LOW: dict[str, Any] = {
    "correction": 0,
    "row_version": -1,
    "final_cancelled": False,
    "lifecycle_at": NEVER,
    "received_at": utc("2025-04-01"),
    "file_sha256": "aa",
    "record": 9,  # 10 is greater as a number only
}
HIGH: dict[str, Any] = {
    "correction": 1,
    "row_version": 7,
    "final_cancelled": True,
    "lifecycle_at": utc("2025-03-09T10:00:00.000001"),
    "received_at": utc("2025-04-02"),
    "file_sha256": "ab",
    "record": 10,
}


def winner_and_loser(part: str) -> tuple[dict[str, Any], dict[str, Any]]:
    before = list(PROVENANCE)[: list(PROVENANCE).index(part)]
    equal = {name: LOW[name] for name in before}
    return HIGH | LOW | equal | {part: HIGH[part]}, LOW | HIGH | equal | {part: LOW[part]}


PAIRS = {part: winner_and_loser(part) for part in PROVENANCE}


def both_rows(part: str, *, winner_first: bool) -> list[dict[str, Any]]:
    won, lost = PAIRS[part]
    rows = [
        an_order(part, status="returned") | provenance(won),
        an_order(part, status="shipped") | provenance(lost),
    ]
    return rows if winner_first else rows[::-1]


@pytest.mark.parametrize("winner_first", [True, False], ids=["winner first", "loser first"])
def test_each_part_decides_within_a_batch(lake: Lake, winner_first: bool) -> None:
    rows = [row for part in PROVENANCE for row in both_rows(part, winner_first=winner_first)]

    take_in(lake, "b1", orders=[*rows, an_order("alone", record=77)])

    stored = {row["order_id"]: row["status"] for row in table(lake, ORDERS)}
    assert stored == dict.fromkeys(PROVENANCE, "returned") | {"alone": "delivered"}


@pytest.mark.parametrize("winner_first", [True, False], ids=["winner first", "loser first"])
def test_each_part_decides_against_the_stored_row(lake: Lake, winner_first: bool) -> None:
    pairs = [both_rows(part, winner_first=winner_first) for part in PROVENANCE]
    take_in(lake, "b1", orders=[first for first, _ in pairs])

    take_in(lake, "b2", orders=[second for _, second in pairs])

    assert {row["status"] for row in table(lake, ORDERS)} == {"returned"}
    assert len(table(lake, ORDERS)) == len(PROVENANCE)


def test_a_file_of_winners_losers_and_repetitions_adds_up(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order("same"), an_order("old", record=2)])

    plan = plan_batch(
        lake,
        a_batch(
            lake.engine,
            "b2",
            orders=[
                an_order("new", file_sha256="f2", record=1),
                an_order("new", file_sha256="f2", record=2, status="shipped"),
                an_order("same", file_sha256="f2", record=3),
                an_order("old", file_sha256="f2", record=4, status="returned"),
                an_order("old", file_sha256="f2", record=5, received_at=utc("2025-01-01")),
                an_order("old", file_sha256="f0", record=6),
            ],
        ),
    )

    assert plan.receipts == {
        (ORDERS, "f2"): Receipt(staged=5, stored=2, superseded=2, identical=1),
        (ORDERS, "f0"): Receipt(staged=1, superseded=1),
    }


def test_what_wins_without_news_only_moves_up_where_it_came_from(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order()])

    plan, opened = take_in(
        lake, "b2", orders=[an_order(file_sha256="f2", received_at=utc("2025-04-03"))]
    )
    # Older than the second file: it would win, had the provenance not moved up.
    take_in(
        lake,
        "b3",
        orders=[an_order(file_sha256="f3", received_at=utc("2025-04-02"), status="shipped")],
    )

    assert plan.receipts == {(ORDERS, "f2"): Receipt(staged=1, identical=1)}
    assert opened.months == ()
    assert [(row["status"], row["file_sha256"]) for row in table(lake, ORDERS)] == [
        ("delivered", "f2")
    ]


def test_a_value_that_becomes_null_is_news(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order() | {"region": "north"}])

    plan, _ = take_in(lake, "b2", orders=[an_order(file_sha256="f2")])

    assert plan.receipts[ORDERS, "f2"].stored == 1
    assert [row["region"] for row in table(lake, ORDERS)] == [None]

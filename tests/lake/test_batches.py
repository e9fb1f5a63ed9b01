"""Batches meet the lake: rows move, wait and come back, and every touched day is noted."""

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.fates import plan_table
from spark_jobs.lake.held import held_items, unknown_products
from spark_jobs.lake.reconcile import days_astray, repeated_keys
from spark_jobs.session import Engine
from tests.lake.stage import (
    ITEMS,
    NOW,
    ORDERS,
    PRODUCTS,
    a_batch,
    a_product,
    an_item,
    an_order,
    data_tables,
    days_of,
    staged_frame,
    table,
    take_in,
    utc,
)

MARCH_8, MARCH_9, MAY_1 = date(2025, 3, 8), date(2025, 3, 9), date(2025, 5, 1)
LATER: dict[str, Any] = {"file_sha256": "f2", "received_at": utc("2025-05-02")}
EVEN_LATER: dict[str, Any] = {"file_sha256": "f3", "received_at": utc("2025-05-03")}


def day_of_item(lake: Lake, item_id: str = "I1") -> tuple[date | None, str | None]:
    (row,) = (row for row in table(lake, ITEMS) if row["order_item_id"] == item_id)
    return row["order_date"], row["order_month"]


def test_the_first_load_gives_items_the_day_of_their_order(lake: Lake) -> None:
    _, opened = take_in(
        lake, "b1", orders=[an_order()], order_items=[an_item()], products=[a_product()]
    )

    assert day_of_item(lake) == (MARCH_8, "2025-03")
    assert days_of(opened.rows) == [MARCH_8]
    assert [len(rows) for rows in data_tables(lake).values()] == [1, 1, 1]


def test_an_order_that_moves_to_another_month_is_there_once_and_takes_its_items_along(
    lake: Lake,
) -> None:
    take_in(lake, "b1", orders=[an_order(), an_order("O2")], order_items=[an_item()])

    _, opened = take_in(lake, "b2", orders=[an_order(at="2025-05-01T00:00", **LATER)])

    moved = [(row["order_id"], row["order_date"]) for row in table(lake, ORDERS)]
    assert moved == [("O1", MAY_1), ("O2", MARCH_8)]
    assert day_of_item(lake) == (MAY_1, "2025-05")
    assert days_of(opened.rows) == [MARCH_8, MAY_1]
    assert opened.months == ("2025-03", "2025-05")
    assert repeated_keys(lake, ORDERS) == repeated_keys(lake, ITEMS) == []


def test_an_item_waits_for_its_order_and_is_released_by_it(lake: Lake) -> None:
    _, opened = take_in(lake, "b1", order_items=[an_item(), an_item("I2", "O2", record=2)])

    assert opened.months == ()
    assert day_of_item(lake) == (None, None)
    held = held_items(lake, NOW).orderBy("order_item_id").collect()
    assert [(row["order_item_id"], row["held_seconds"]) for row in held] == [
        ("I1", 61 * 24 * 3600),
        ("I2", 61 * 24 * 3600),
    ]

    _, opened = take_in(lake, "b2", orders=[an_order()])

    assert day_of_item(lake) == (MARCH_8, "2025-03")
    assert days_of(opened.rows) == [MARCH_8]
    assert [row["order_item_id"] for row in held_items(lake, NOW).collect()] == ["I2"]


def test_an_item_that_is_corrected_while_it_waits_stays_one_row(lake: Lake) -> None:
    take_in(lake, "b1", order_items=[an_item()])

    take_in(lake, "b2", order_items=[an_item(price="11.00", **LATER)])

    assert [str(row["total_price"]) for row in table(lake, ITEMS)] == ["11.00"]


def test_a_late_item_of_a_stored_order_touches_that_orders_day_only(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order(), an_order("O2", at="2025-03-09T10:00", record=2)])

    _, opened = take_in(lake, "b2", order_items=[an_item(order_id="O2")])

    assert day_of_item(lake) == (MARCH_9, "2025-03")
    assert days_of(opened.rows) == [MARCH_9]


def test_an_item_that_changes_its_order_touches_both_days(lake: Lake) -> None:
    orders = [an_order(), an_order("O2", at="2025-05-01T10:00", record=2)]
    take_in(lake, "b1", orders=orders, order_items=[an_item()])

    _, opened = take_in(lake, "b2", order_items=[an_item(order_id="O2", **LATER)])

    assert day_of_item(lake) == (MAY_1, "2025-05")
    assert days_of(opened.rows) == [MARCH_8, MAY_1]


def test_an_item_that_goes_to_an_unknown_order_waits_again(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order()], order_items=[an_item()])

    _, opened = take_in(lake, "b2", order_items=[an_item(order_id="O9", **LATER)])

    assert day_of_item(lake) == (None, None)
    assert days_of(opened.rows) == [MARCH_8]


def test_a_product_touches_the_days_of_its_items_when_its_category_changes(lake: Lake) -> None:
    before = {1: "Toys", 2: "Toys", 3: None, 4: "Toys", 5: None}
    after = {1: "Games", 2: None, 3: "Toys", 4: "Toys", 5: "unknown"}
    take_in(
        lake,
        "b1",
        orders=[an_order(f"O{n}", at=f"2025-03-0{n}T10:00", record=n) for n in before],
        order_items=[
            *(an_item(f"I{n}", f"O{n}", product=f"P{n}", record=n) for n in before),
            an_item("I9", "O9", product="P1", record=9),  # held: it has no day to touch
        ],
        products=[a_product(f"P{n}", category=before[n], record=n) for n in before],
    )

    products = [a_product(f"P{n}", category=after[n], name="New", **LATER) for n in after]
    _, opened = take_in(lake, "b2", products=products)

    assert days_of(opened.rows) == [date(2025, 3, n) for n in (1, 2, 3)]
    assert {row["name"] for row in table(lake, PRODUCTS)} == {"New"}


def test_a_product_that_becomes_known_touches_the_days_of_its_items(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order()], order_items=[an_item()])
    assert [tuple(row) for row in unknown_products(lake).collect()] == [("P1", 1)]

    _, opened = take_in(lake, "b2", products=[a_product(), a_product("P2", record=2)])

    assert days_of(opened.rows) == [MARCH_8]
    assert unknown_products(lake).collect() == []


def test_the_same_batch_again_changes_nothing(lake: Lake) -> None:
    rows: dict[str, Any] = {
        "orders": [an_order(), an_order("O2", record=2)],
        "order_items": [an_item(), an_item("I9", "O9", record=2)],
        "products": [a_product()],
    }
    take_in(lake, "b1", **rows)
    before = data_tables(lake)

    plan, opened = take_in(lake, "b1", **rows)

    assert data_tables(lake) == before
    assert opened.months == ()
    assert all(not of.writes for of in plan.tables.values())
    assert {receipt.stored for receipt in plan.receipts.values()} == {1, 2}


def test_only_months_in_which_keys_live_are_rewritten(lake: Lake) -> None:
    orders = [
        an_order(f"O{month}", at=f"2025-{month:02}-01T10:00", record=month) for month in (1, 2, 3)
    ]
    take_in(lake, "b1", orders=orders)

    rows = [an_order("O2", at="2025-02-01T10:00", status="returned", **LATER), an_order("O9")]
    plan = plan_table(lake, ORDERS, staged_frame(lake.engine, ORDERS, rows))

    assert plan.live_months == ("2025-02",)
    assert not plan.undated
    assert plan.writes == 2


def three_batches() -> list[dict[str, list[dict[str, Any]]]]:
    """An order moves, one is cancelled for good, an item moves, a product changes category."""
    return [
        {
            "orders": [an_order(), an_order("O2", record=2), an_order("O3", record=3)],
            "order_items": [an_item(), an_item("I2", "O2", record=2), an_item("I4", "O4")],
            "products": [a_product()],
        },
        {
            "orders": [
                an_order(at="2025-05-01T10:00", **LATER),
                an_order("O2", status="cancelled", final_cancelled=True, **LATER),
            ],
            "order_items": [an_item("I2", "O3", **LATER)],
            "products": [a_product(category="Games", **LATER)],
        },
        {
            "orders": [
                an_order("O2", status="returned", lifecycle_at=utc("2025-04-30"), **EVEN_LATER),
                an_order("O4", at="2025-04-04T10:00", **EVEN_LATER),
                an_order(at="2025-05-01T10:00", **EVEN_LATER),
            ],
            "order_items": [an_item(price="9.99", correction=1, **EVEN_LATER)],
        },
    ]


def test_the_order_of_batches_does_not_matter(sail_engine: Engine, tmp_path: Path) -> None:
    results = []
    for way in permutations(range(3)):
        name = "".join(map(str, way))
        with Lake.open(sail_engine.for_warehouse(tmp_path / name)) as lake:
            for number in way:
                take_in(lake, f"b{number}", **three_batches()[number])
            results.append(data_tables(lake))
            assert days_astray(lake, ("2025-03", "2025-04", "2025-05")) == []

    assert [row["status"] for row in results[0][ORDERS]] == [
        "delivered",
        "cancelled",
        "delivered",
        "delivered",
    ]
    assert all(result == results[0] for result in results[1:])


def test_a_batch_of_one_file_may_be_empty_of_rows(lake: Lake) -> None:
    plan, opened = take_in(lake, "b1", orders=[])

    assert plan.receipts == {}
    assert opened.months == ()
    assert a_batch(lake.engine, "b1", orders=[]).files == ()

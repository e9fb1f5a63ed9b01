"""The oracle itself: against the exercise's expected files, and design examples by hand."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.builders import a_shop_file, an_item, an_order
from tests.oracle import OracleResult, ReceivedFile, oracle
from tests.oracle.oracle import utc
from tests.support.exercise import EXERCISE, exercise_or_skip

DAY = date(2025, 3, 8)
RECEIVED = utc("2025-06-01 00:00")


def test_the_oracle_computes_the_expected_tables_of_the_exercise() -> None:
    paths = sorted(exercise_or_skip().glob("*/*.csv"))
    files = [ReceivedFile(path, path.parent.name, RECEIVED) for path in paths]
    result = oracle(files)
    assert len(files) == 26
    for row in _rows("expected_order_kpis.csv"):
        ours = result.order_kpis.pop(date.fromisoformat(row["order_date"]))
        for name in ("total_orders", "total_items_sold", "unique_customers"):
            assert ours[name] == int(row[name])
        assert ours["total_revenue"] == Decimal(row["total_revenue"])
        assert ours["return_rate"] == Decimal(row["return_rate_orders"])
    for row in _rows("expected_category_kpis.csv"):
        key = (row["category"], date.fromisoformat(row["order_date"]))
        ours = result.category_kpis.pop(key)
        assert ours["daily_revenue"] == Decimal(row["daily_revenue"])
        assert ours["avg_order_value"] == Decimal(row["avg_order_value"])
        assert ours["avg_return_rate"] == Decimal(row["avg_return_rate_orders"])
    assert not result.order_kpis
    assert not result.category_kpis


def test_the_oracle_sums_the_exercise_as_the_design_says() -> None:
    paths = sorted(exercise_or_skip().glob("*/*.csv"))
    result = oracle([ReceivedFile(path, path.parent.name, RECEIVED) for path in paths])
    days = result.order_kpis.values()
    assert sum(row["total_revenue"] for row in days) == Decimal("2153497.97")
    assert sum(row["net_revenue"] for row in days) == Decimal("1795742.59")


def test_a_cancelled_order_of_a_category_leaves_its_revenue_and_its_order_count(
    tmp_path: Path,
) -> None:
    result = _judge(
        tmp_path,
        orders=[an_order("1"), an_order("2", status="cancelled")],
        items=[an_item("1", "1", price="100.00"), an_item("2", "2", price="50.00")],
    )
    row = result.category_kpis["unknown", DAY]
    assert (row["daily_revenue"], row["avg_order_value"]) == (Decimal(100), Decimal(100))


def test_an_item_without_status_follows_its_returned_order(tmp_path: Path) -> None:
    result = _judge(
        tmp_path,
        orders=[an_order("1", status="returned")],
        items=[an_item("1", "1", price="50.00", status="")],
    )
    assert result.order_kpis[DAY]["net_revenue"] == 0
    assert result.order_kpis[DAY]["total_revenue"] == 50


def test_a_delivered_item_of_a_returned_order_stays_in_net_revenue(tmp_path: Path) -> None:
    result = _judge(
        tmp_path,
        orders=[an_order("1", status="returned")],
        items=[an_item("1", "1", price="50.00", status="delivered")],
    )
    row = result.order_kpis[DAY]
    assert (row["return_rate"], row["net_revenue"]) == (1, 50)


def test_prices_are_rounded_to_cents_before_they_are_multiplied(tmp_path: Path) -> None:
    orders = tmp_path / "o.csv"
    orders.write_text("order_id,customer_id,order_date,status\n1,7,2025-03-08,completed\n")
    items = tmp_path / "i.csv"
    items.write_text("order_id,product_id,quantity,price\n1,P,3,1.005\n")
    files = [ReceivedFile(orders, "orders", RECEIVED), ReceivedFile(items, "order_items", RECEIVED)]
    assert oracle(files).order_kpis[DAY]["total_revenue"] == Decimal("3.03")


def test_a_customer_whose_order_is_cancelled_is_still_a_customer(tmp_path: Path) -> None:
    orders = [an_order("1", customer="1"), an_order("2", customer="2", status="cancelled")]
    row = _judge(tmp_path, orders=orders, items=[]).order_kpis[DAY]
    assert (row["unique_customers"], row["total_orders"], row["cancelled_orders"]) == (2, 2, 1)


def test_a_day_of_cancelled_orders_alone_keeps_its_row_with_zeros(tmp_path: Path) -> None:
    result = _judge(tmp_path, orders=[an_order("1", status="cancelled")], items=[an_item("1", "1")])
    row = result.order_kpis[DAY]
    assert (row["total_revenue"], row["avg_order_value"], row["total_orders"]) == (0, 0, 1)
    assert not result.category_kpis


def test_a_rate_is_rounded_half_up(tmp_path: Path) -> None:
    orders = [an_order(str(n), status="returned" if n == 0 else "delivered") for n in range(32)]
    row = _judge(tmp_path, orders=orders, items=[]).order_kpis[DAY]
    assert row["return_rate"] == Decimal("0.0313")  # 1/32 = 0.03125


def _rows(name: str) -> list[dict[str, str]]:
    with (EXERCISE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _judge(
    folder: Path, *, orders: list[dict[str, str]], items: list[dict[str, str]]
) -> OracleResult:
    files = [
        ReceivedFile(a_shop_file(folder / "orders.csv", orders), "orders", RECEIVED),
    ]
    if items:
        path = a_shop_file(folder / "order_items.csv", items)
        files.append(ReceivedFile(path, "order_items", RECEIVED))
    return oracle(files)

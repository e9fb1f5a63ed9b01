"""The DuckDB script is a fair peer only if it computes the same numbers."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.bench.peer import compute_kpis
from tests.support.exercise import exercise_or_skip

ORDERS = "order_id,user_id,status,created_at,returned_at,shipped_at,delivered_at,num_of_item"
ITEMS = (
    "id,order_id,user_id,product_id,status,created_at,shipped_at,delivered_at,returned_at,"
    "sale_price"
)
PRODUCTS = "id,sku,cost,category,name,brand,retail_price,department"
DAY = "2025-03-08"
ORDER_KPIS = {
    "total_orders": "total_orders",
    "total_revenue": "total_revenue",
    "total_items_sold": "total_items_sold",
    "return_rate_orders": "return_rate",
    "unique_customers": "unique_customers",
}
"""Ours by the names of the expected file."""
CATEGORY_KPIS = {
    "daily_revenue": "daily_revenue",
    "avg_order_value": "avg_order_value",
    "avg_return_rate_orders": "avg_return_rate",
}


def an_order(
    order: int, status: str = "Complete", *, customer: int = 1, day: str = DAY, shipped: str = ""
) -> str:
    return f"{order},{customer},{status},{day}T10:00:00,,{shipped},,1"


def an_item(
    item: int, order: int, price: str, *, status: str = "Complete", product: int = 1
) -> str:
    return f"{item},{order},1,{product},{status},,,,,{price}"


def a_shop(
    folder: Path, orders: list[str], items: list[str], products: list[str] | None = None
) -> Path:
    products = products if products is not None else ["1,sku-1,1.00,Beauty,Soap,Acme,2.00,Care"]
    for name, header, lines in (
        ("orders", ORDERS, orders),
        ("order_items", ITEMS, items),
        ("products", PRODUCTS, products),
    ):
        path = folder / name / f"{name}.csv"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


def by_day(folder: Path, *landings: Path) -> dict[str, dict[str, str]]:
    compute_kpis(landings, folder / "out")
    return {row["order_date"]: row for row in rows(folder / "out" / "order_kpi_table.csv")}


def by_category(folder: Path, *landings: Path) -> dict[tuple[str, str], dict[str, str]]:
    compute_kpis(landings, folder / "out")
    table = rows(folder / "out" / "category_kpi_table.csv")
    return {(row["category"], row["order_date"]): row for row in table}


def numbers(row: dict[str, str], *names: str) -> list[Decimal]:
    return [Decimal(row[name]) for name in names]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.exercise
def test_the_exercise_gives_the_expected_tables_to_the_last_digit(tmp_path: Path) -> None:
    exercise = exercise_or_skip()
    days, categories = by_day(tmp_path, exercise), by_category(tmp_path, exercise)
    assert {day: numbers(row, *ORDER_KPIS.values()) for day, row in days.items()} == {
        row["order_date"]: numbers(row, *ORDER_KPIS)
        for row in rows(exercise / "expected_order_kpis.csv")
    }
    assert {key: numbers(row, *CATEGORY_KPIS.values()) for key, row in categories.items()} == {
        (row["category"], row["order_date"]): numbers(row, *CATEGORY_KPIS)
        for row in rows(exercise / "expected_category_kpis.csv")
    }
    assert sum(Decimal(row["total_revenue"]) for row in days.values()) == Decimal("2153497.97")
    assert sum(Decimal(row["net_revenue"]) for row in days.values()) == Decimal("1795742.59")


def test_what_is_cancelled_leaves_first_but_its_order_and_customer_count(tmp_path: Path) -> None:
    shop = a_shop(
        tmp_path / "shop",
        [an_order(1), an_order(2, "Cancelled", customer=2)],
        [an_item(1, 1, "100.00"), an_item(2, 2, "50.00")],
    )
    day = by_day(tmp_path, shop)[DAY]
    assert (day["total_orders"], day["cancelled_orders"], day["unique_customers"]) == (
        "2",
        "1",
        "2",
    )
    assert (day["total_revenue"], day["avg_order_value"]) == ("100.00", "100.00")
    assert by_category(tmp_path, shop)["Beauty", DAY]["avg_order_value"] == "100.00"


def test_a_day_of_cancelled_orders_stays_with_zeros_and_has_no_category(tmp_path: Path) -> None:
    shop = a_shop(tmp_path / "shop", [an_order(1, "cancelled")], [an_item(1, 1, "5.00")])
    day = by_day(tmp_path, shop)[DAY]
    assert (day["total_revenue"], day["net_revenue"], day["avg_order_value"]) == ("0.00",) * 3
    assert (day["total_items_sold"], day["return_rate"]) == ("0", "0.0000")
    assert by_category(tmp_path, shop) == {}


def test_an_item_without_status_has_that_of_its_order(tmp_path: Path) -> None:
    shop = a_shop(
        tmp_path / "shop",
        [an_order(1, "Returned"), an_order(2, "Returned", day="2025-03-09")],
        [an_item(1, 1, "50.00", status=""), an_item(2, 2, "50.00")],
    )
    days = by_day(tmp_path, shop)
    assert (days[DAY]["net_revenue"], days[DAY]["return_rate"]) == ("0.00", "1.0000")
    assert days["2025-03-09"]["net_revenue"] == "50.00"
    assert days["2025-03-09"]["return_rate"] == "1.0000"


def test_prices_are_rounded_half_up_before_they_are_added(tmp_path: Path) -> None:
    shop = a_shop(
        tmp_path / "shop",
        [an_order(1), an_order(2)],
        [an_item(n, 1 + n % 2, price) for n, price in enumerate(["1.005", "1.005", "1.005"])]
        + [an_item(9, 1, "0.0199999995529651")],
    )
    day = by_day(tmp_path, shop)[DAY]
    assert (day["total_revenue"], day["avg_order_value"]) == ("3.05", "1.53")


def test_an_item_without_order_waits_and_one_without_product_is_unknown(tmp_path: Path) -> None:
    products = ["1,sku,1.00,Beauty,Soap,Acme,2.00,Care", "2,sku,1.00, ,Soap,Acme,2.00,Care"]
    items = [
        an_item(1, 1, "1.00"),
        an_item(2, 1, "2.00", product=2),
        an_item(3, 1, "4.00", product=3),
        an_item(4, 7, "8.00"),
    ]
    shop = a_shop(tmp_path / "shop", [an_order(1)], items, products)
    assert by_day(tmp_path, shop)[DAY]["total_revenue"] == "7.00"
    found = by_category(tmp_path, shop)
    assert {key[0]: row["daily_revenue"] for key, row in found.items()} == {
        "Beauty": "1.00",
        "unknown": "6.00",
    }


def test_the_later_state_wins_in_whatever_order_it_arrives(tmp_path: Path) -> None:
    old = a_shop(tmp_path / "old", [an_order(1)], [an_item(1, 1, "5.00")])
    moved = an_order(1, day="2025-03-07", shipped="2025-03-09T00:00:00")
    new = a_shop(tmp_path / "new", [moved], [an_item(1, 1, "5.00", status="cancelled")])
    for landings in ((old, new), (new, old)):
        days = by_day(tmp_path, *landings)
        assert list(days) == ["2025-03-07"]
        assert days["2025-03-07"]["total_revenue"] == "0.00"


def test_of_equal_states_the_one_that_arrived_later_wins(tmp_path: Path) -> None:
    old = a_shop(tmp_path / "z-first", [an_order(1)], [an_item(1, 1, "5.00")])
    new = a_shop(tmp_path / "a-second", [an_order(1)], [an_item(1, 1, "6.00")])
    assert by_day(tmp_path, old, new)[DAY]["total_revenue"] == "6.00"
    assert by_day(tmp_path, new, old)[DAY]["total_revenue"] == "5.00"


def test_a_dataset_without_a_file_is_told(tmp_path: Path) -> None:
    shop = a_shop(tmp_path / "shop", [an_order(1)], [])
    (shop / "products" / "products.csv").unlink()
    with pytest.raises(FileNotFoundError, match="products"):
        compute_kpis([shop], tmp_path / "out")

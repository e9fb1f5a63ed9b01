import datetime as dt
from decimal import Decimal

import pytest
from chispa import assert_df_equality

from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.orders import order_kpis
from spark_jobs.lake.tables import KPI_TABLES
from spark_jobs.session import Engine
from tests.kpis.frames import DAY, Row, Shop, a_product, an_item, an_order, expected

PUBLICATION = {"batch_id", "version", "updated_at"}


def order_rows(engine: Engine, shop: Shop) -> dict[dt.date, Row]:
    rows = order_kpis(*shop.on(engine)).collect()
    return {row.order_date: row.asDict() for row in rows}


def category_rows(engine: Engine, shop: Shop) -> dict[str, Row]:
    rows = category_kpis(shop.on(engine)[1]).collect()
    return {row.category: row.asDict() for row in rows}


@pytest.mark.parametrize("table", KPI_TABLES)
def test_the_columns_are_those_of_the_table(engine: Engine, table: str) -> None:
    orders, lines = Shop([an_order()], [an_item()]).on(engine)
    frame = order_kpis(orders, lines) if table == "order_kpi_table" else category_kpis(lines)

    found = {field.name: field.dataType.simpleString() for field in frame.schema}

    columns = KPI_TABLES[table].columns
    assert found == {name: kind for name, kind in columns.items() if name not in PUBLICATION}


def test_a_day_in_full(engine: Engine) -> None:
    shop = Shop(
        [
            an_order("1", customer="A"),
            an_order("2", customer="A", status="returned"),
            an_order("3", customer="B", status="cancelled"),
        ],
        [
            an_item("1", "1", price="10.00", quantity=2),
            an_item("2", "1", price="0.01"),
            an_item("3", "2", price="5.00"),
            an_item("4", "3", price="99.00"),
        ],
    )
    found = order_kpis(*shop.on(engine))

    wanted = {
        "order_date": DAY,
        "total_orders": 3,
        "cancelled_orders": 1,
        "total_revenue": Decimal("25.01"),
        "net_revenue": Decimal("20.01"),
        "avg_order_value": Decimal("12.51"),
        "total_items_sold": 4,
        "return_rate": Decimal("0.3333"),
        "unique_customers": 2,
        "order_month": "2025-03",
    }
    assert_df_equality(found, expected(found, wanted), ignore_nullable=True)


def test_a_category_in_full(engine: Engine) -> None:
    shop = Shop(
        [an_order("1"), an_order("2"), an_order("3", status="cancelled")],
        [
            an_item("1", "1", price="10.00", status="returned"),
            an_item("2", "1", price="5.00"),
            an_item("3", "2", price="0.01"),
            an_item("4", "3", price="99.00"),
        ],
    )
    found = category_kpis(shop.on(engine)[1])

    wanted = {
        "category": "Beauty",
        "order_date": DAY,
        "daily_revenue": Decimal("15.01"),
        "net_revenue": Decimal("5.01"),
        "avg_order_value": Decimal("7.51"),
        "avg_return_rate": Decimal("0.5000"),
        "order_month": "2025-03",
    }
    assert_df_equality(found, expected(found, wanted), ignore_nullable=True)


def test_cancelled_leaves_before_orders_are_counted(engine: Engine) -> None:
    shop = Shop(
        [an_order("1"), an_order("2")],
        [an_item("1", "1", price="100.00"), an_item("2", "2", price="50.00", status="cancelled")],
    )

    beauty = category_rows(engine, shop)["Beauty"]

    assert (beauty["daily_revenue"], beauty["avg_order_value"]) == (100, 100)


def test_an_item_without_a_status_comes_back_with_its_order(engine: Engine) -> None:
    shop = Shop([an_order(status="returned")], [an_item(price="50.00")])

    day = order_rows(engine, shop)[DAY]

    assert (day["total_revenue"], day["net_revenue"]) == (50, 0)


def test_a_delivered_item_of_a_returned_order_stays_in_net_revenue(engine: Engine) -> None:
    shop = Shop([an_order(status="returned")], [an_item(price="50.00", status="delivered")])

    day = order_rows(engine, shop)[DAY]

    assert (day["return_rate"], day["net_revenue"]) == (1, 50)
    assert category_rows(engine, shop)["Beauty"]["avg_return_rate"] == 0


def test_cents_are_multiplied_after_rounding(engine: Engine) -> None:
    # 1.005 is 1.01 in the lake.
    shop = Shop([an_order()], [an_item(price="1.01", quantity=3)])

    assert order_rows(engine, shop)[DAY]["total_revenue"] == Decimal("3.03")


def test_customers_of_cancelled_orders_are_customers(engine: Engine) -> None:
    shop = Shop([an_order("1", customer="A"), an_order("2", customer="B", status="cancelled")])

    assert order_rows(engine, shop)[DAY]["unique_customers"] == 2


@pytest.mark.parametrize(
    "items",
    [pytest.param([], id="no-items"), pytest.param([an_item(price="5.00")], id="cancelled-items")],
)
def test_a_cancelled_day_stays_with_zeros_and_leaves_no_category(
    engine: Engine, items: list[Row]
) -> None:
    shop = Shop([an_order(status="cancelled")], items)

    assert category_rows(engine, shop) == {}
    assert order_rows(engine, shop) == {
        DAY: {
            "order_date": DAY,
            "total_orders": 1,
            "cancelled_orders": 1,
            "total_revenue": Decimal("0.00"),
            "net_revenue": Decimal("0.00"),
            "avg_order_value": Decimal("0.00"),
            "total_items_sold": 0,
            "return_rate": Decimal("0.0000"),
            "unique_customers": 1,
            "order_month": "2025-03",
        }
    }


def test_an_order_is_counted_once_in_each_of_its_categories(engine: Engine) -> None:
    shop = Shop(
        [an_order()],
        [an_item("1"), an_item("2"), an_item("3", product="2"), an_item("4", product="3")],
        [a_product("1", category="Beauty"), a_product("2", category="Toys")],
    )

    found = category_rows(engine, shop)

    averages = {category: row["avg_order_value"] for category, row in found.items()}
    assert averages == {"Beauty": 20, "Toys": 10, "unknown": 10}


def test_an_item_counts_on_the_day_of_its_order(engine: Engine) -> None:
    shop = Shop(
        [an_order("1"), an_order("2", ordered="2025-04-01T00:00:00")],
        [an_item("1", "1"), an_item("2", "2"), an_item("3", "2")],
    )

    found = order_rows(engine, shop)

    assert {day: row["total_items_sold"] for day, row in found.items()} == {
        DAY: 1,
        dt.date(2025, 4, 1): 2,
    }


def test_an_empty_shop_has_no_rows(engine: Engine) -> None:
    shop = Shop([], [], [])

    assert (order_rows(engine, shop), category_rows(engine, shop)) == ({}, {})

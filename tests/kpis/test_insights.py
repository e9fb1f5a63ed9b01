import datetime as dt
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame

from spark_jobs.kpis.registry import INSIGHTS, MARTS, STORED_MARTS, Sources
from spark_jobs.lake.tables import DATA_TABLES
from spark_jobs.session import Engine
from tests.kpis.frames import DAY, Row, Shop, a_product, an_item, an_order, rows_on

NEXT = dt.date(2025, 3, 9)
PRODUCTS = [a_product("1", name="Soap"), a_product("2", category="Toys", name="Ball")]
SHOP = Shop(
    [an_order("1", region="North"), an_order("2", ordered="2025-03-09T10:00:00")],
    [
        an_item("1", "1", price="10.00", quantity=3),
        an_item("2", "1", product="2", price="20.00", status="returned"),
        an_item("3", "2", price="1.00", status="returned"),
        an_item("4", "2", product="9", price="20.00"),
    ],
    PRODUCTS,
)


def sources(engine: Engine) -> Sources:
    orders, lines = SHOP.on(engine)
    frames: dict[str, DataFrame] = {
        name: mart(orders, lines) for name, mart in STORED_MARTS.items()
    }
    products = rows_on(engine, list(DATA_TABLES.values())[2], PRODUCTS)
    return frames | {"orders": orders, "lines": lines, "products": products}


def rows(engine: Engine, insight: str, view: str, per: str) -> list[Row]:
    asked = INSIGHTS[insight][view]
    period = {"day": ["order_date"], "month": ["order_month"]}[per]
    found = asked.read(sources(engine), per).orderBy(*period, *asked.key)
    return [row.asDict() for row in found.collect()]


def columns(found: list[Row], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in found]


@pytest.mark.parametrize(
    ("insight", "view"), [(i, v) for i, views in INSIGHTS.items() for v in views]
)
def test_a_view_reads_what_it_names_and_has_its_key(
    engine: Engine, insight: str, view: str
) -> None:
    asked = INSIGHTS[insight][view]
    frames = sources(engine)
    for per in asked.periods or ("day",):
        found = asked.read({name: frames[name] for name in asked.sources}, per)
        period = {"day": "order_date", "month": "order_month"}[per]
        wanted = {*asked.key, period} if asked.periods else set(asked.key)

        assert wanted <= set(found.columns)


def test_products_are_ranked_within_their_month_ties_by_id(engine: Engine) -> None:
    found = rows(engine, "products", "performance", "month")

    assert columns(found, "rank", "rank_from_worst", "product_id", "gross_revenue") == [
        (1, 3, "1", Decimal("31.00")),
        (2, 2, "2", Decimal("20.00")),
        (3, 1, "9", Decimal("20.00")),
    ]
    assert columns(found, "name", "category", "return_rate") == [
        ("Soap", "Beauty", Decimal("0.25")),
        ("Ball", "Toys", Decimal(1)),
        (None, "unknown", Decimal(0)),
    ]


def test_products_are_counted_per_order_and_per_day(engine: Engine) -> None:
    per_order = rows(engine, "products", "per_order", "day")
    per_day = rows(engine, "products", "per_day", "day")
    per_month = rows(engine, "products", "per_day", "month")

    counts = [(DAY, 2, 4), (NEXT, 2, 2)]
    assert columns(per_order, "order_date", "products", "units_sold") == counts
    assert columns(per_day, "order_date", "products", "units_sold") == counts
    assert columns(per_month, "products", "units_sold") == [(3, 6)]


@pytest.mark.parametrize("view", INSIGHTS["revenue"])
@pytest.mark.parametrize("per", ["day", "month"])
def test_revenue_adds_up_however_it_is_cut(engine: Engine, view: str, per: str) -> None:
    found = rows(engine, "revenue", view, per)

    assert sum(row["gross_revenue"] for row in found) == Decimal("71.00")
    assert sum(row["net_revenue"] for row in found) == Decimal("50.00")


def test_volume_by_category_and_by_region(engine: Engine) -> None:
    by_category = rows(engine, "volume", "category", "month")
    by_region = rows(engine, "volume", "region", "day")

    assert columns(by_category, "category", "region", "orders", "units_sold") == [
        ("Beauty", "North", 1, 3),
        ("Beauty", "unknown", 1, 1),
        ("Toys", "North", 1, 1),
        ("unknown", "unknown", 1, 1),
    ]
    assert columns(by_region, "order_date", "region", "total_orders", "units_sold") == [
        (DAY, "North", 1, 4),
        (NEXT, "unknown", 1, 2),
    ]


def test_inventory_moves_out_and_back(engine: Engine) -> None:
    found = rows(engine, "inventory", "movement", "month")

    assert columns(found, "product_id", "units_out", "units_back", "units_net") == [
        ("1", 4, 1, 3),
        ("2", 1, 1, 0),
        ("9", 1, 0, 1),
    ]


def test_every_stored_mart_is_partitioned_by_the_month_of_its_day() -> None:
    for name in STORED_MARTS:
        table = MARTS[name].table
        assert table.partitioned_by == ("order_month",)
        assert table.key[0] == "order_date"
        assert set(table.key) <= set(table.columns)

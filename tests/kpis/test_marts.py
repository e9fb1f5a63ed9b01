import datetime as dt
from decimal import Decimal

import pytest
from chispa import assert_df_equality

from spark_jobs.kpis.marts.customers import customer_patterns
from spark_jobs.kpis.marts.daily import category_daily, product_daily, region_daily
from spark_jobs.kpis.marts.fulfilment import fulfilment_daily
from spark_jobs.kpis.registry import MARTS
from spark_jobs.session import Engine
from tests.kpis.frames import DAY, Row, Shop, a_product, an_item, an_order, at, expected

MIXED = Shop(
    [
        an_order("1", region="North"),
        an_order("2", region="South"),
        an_order("3", region="North", status="cancelled"),
        an_order("4"),
    ],
    [
        an_item("1", "1", price="10.00", quantity=2),
        an_item("2", "1", price="4.00", status="returned"),
        an_item("3", "1", product="2", price="1.00"),
        an_item("4", "2", price="3.00"),
        an_item("5", "3", price="99.00"),
    ],
    [a_product("1", category="Beauty"), a_product("2", category="Toys")],
)


def revenue(gross: str, net: str) -> Row:
    return {
        "order_date": DAY,
        "gross_revenue": Decimal(gross),
        "net_revenue": Decimal(net),
        "order_month": "2025-03",
    }


@pytest.mark.parametrize("name", MARTS)
def test_the_columns_of_a_mart_are_those_of_its_table(engine: Engine, name: str) -> None:
    rows = MARTS[name].compute(*MIXED.on(engine))

    found = {field.name: field.dataType.simpleString() for field in rows.schema}

    assert found == MARTS[name].table.columns


@pytest.mark.parametrize("name", MARTS)
def test_a_mart_of_nothing_is_empty(engine: Engine, name: str) -> None:
    assert MARTS[name].compute(*Shop([]).on(engine)).collect() == []


def test_products_by_day(engine: Engine) -> None:
    found = product_daily(*MIXED.on(engine))

    wanted = expected(
        found,
        {"product_id": "1", "units_sold": 4, "units_returned": 1, **revenue("27.00", "23.00")},
        {"product_id": "2", "units_sold": 1, "units_returned": 0, **revenue("1.00", "1.00")},
    )
    assert_df_equality(found, wanted, ignore_row_order=True, ignore_nullable=True)


def test_categories_by_day_and_region(engine: Engine) -> None:
    found = category_daily(*MIXED.on(engine))

    beauty, toys = {"category": "Beauty", "orders": 1}, {"category": "Toys", "orders": 1}
    wanted = expected(
        found,
        {**beauty, "region": "North", "units_sold": 3, **revenue("24.00", "20.00")},
        {**beauty, "region": "South", "units_sold": 1, **revenue("3.00", "3.00")},
        {**toys, "region": "North", "units_sold": 1, **revenue("1.00", "1.00")},
    )
    assert_df_equality(found, wanted, ignore_row_order=True, ignore_nullable=True)


def test_regions_by_day_have_their_cancelled_orders_and_those_without_items(
    engine: Engine,
) -> None:
    found = region_daily(*MIXED.on(engine))

    north = {"region": "North", "total_orders": 2, "cancelled_orders": 1, "units_sold": 4}
    south = {"region": "South", "total_orders": 1, "cancelled_orders": 0, "units_sold": 1}
    none = {"region": "unknown", "total_orders": 1, "cancelled_orders": 0, "units_sold": 0}
    wanted = expected(
        found,
        {**north, **revenue("25.00", "21.00")},
        {**south, **revenue("3.00", "3.00")},
        {**none, **revenue("0.00", "0.00")},
    )
    assert_df_equality(found, wanted, ignore_row_order=True, ignore_nullable=True)


def shipped_after(hours: int, order_id: str, **order: str) -> Row:
    shipped = at("2025-03-08T10:00:00") + dt.timedelta(hours=hours)
    return an_order(order_id, shipped=f"{shipped:%Y-%m-%dT%H:%M:%S}", **order)


def stage(engine: Engine, name: str, *orders: Row) -> Row:
    rows = fulfilment_daily(*Shop(list(orders)).on(engine)).collect()
    (found,) = [row.asDict() for row in rows if row.stage == name]
    return dict(found)


@pytest.mark.parametrize(
    ("hours", "median", "p90"),
    [
        pytest.param([5], 5, 5, id="one"),
        pytest.param([9, 1], 1, 9, id="two-take-the-lower"),
        pytest.param([3, 1, 2], 2, 3, id="three"),
        pytest.param(list(range(10, 0, -1)), 5, 9, id="ten"),
        pytest.param(list(range(1, 12)), 6, 10, id="eleven"),
    ],
)
def test_the_median_and_the_90th_percentile_are_of_the_nearest_rank(
    engine: Engine, hours: list[int], median: int, p90: int
) -> None:
    orders = [shipped_after(after, f"{n}") for n, after in enumerate(hours)]

    found = stage(engine, "order_to_shipping", *orders)

    assert (found["median_hours"], found["p90_hours"]) == (median, p90)
    assert found["measured"] == len(hours)


def test_a_duration_is_rounded_half_up(engine: Engine) -> None:
    order = an_order(shipped="2025-03-08T10:00:18")  # 0.005 hours

    assert stage(engine, "order_to_shipping", order)["median_hours"] == Decimal("0.01")


def test_orders_that_wait_are_open(engine: Engine) -> None:
    orders = [
        shipped_after(1, "1", status="shipped"),
        an_order("2", status="processing"),
        an_order("3", status="processing"),
        an_order("4", status="cancelled"),
    ]

    found = stage(engine, "order_to_shipping", *orders)

    assert (found["started"], found["finished"], found["measured"]) == (3, 1, 1)
    assert found["open_share"] == Decimal("0.6667")


def test_a_shape_without_times_has_shares_by_status_and_no_hours(engine: Engine) -> None:
    orders = [an_order("1", status="delivered"), an_order("2", status="returned")]

    found = stage(engine, "delivery_to_return", *orders)

    assert (found["started"], found["finished"], found["measured"]) == (2, 1, 0)
    assert (found["median_hours"], found["p90_hours"]) == (None, None)
    assert found["open_share"] == Decimal("0.5")


def test_times_out_of_order_are_counted_and_not_measured(engine: Engine) -> None:
    found = stage(engine, "order_to_shipping", shipped_after(-3, "1"), shipped_after(4, "2"))

    assert (found["measured"], found["out_of_order"], found["median_hours"]) == (1, 1, 4)


def customers(engine: Engine, shop: Shop) -> dict[str, Row]:
    rows = customer_patterns(*shop.on(engine)).collect()
    return {row.customer_id: row.asDict() for row in rows}


def test_a_customer_in_full(engine: Engine) -> None:
    shop = Shop(
        [
            an_order("1", ordered="2025-01-01T00:00:00"),
            an_order("2", ordered="2025-01-02T00:00:00"),
            an_order("3", ordered="2025-01-04T08:00:00"),
            an_order("4", ordered="2025-01-09T00:00:00", status="cancelled"),
        ],
        [
            an_item("1", "1", price="10.00"),
            an_item("2", "2", price="5.00", status="returned"),
            an_item("3", "4", price="99.00"),
        ],
    )
    found = customer_patterns(*shop.on(engine))

    wanted = {
        "customer_id": "7",
        "orders": 3,
        "cancelled_orders": 1,
        "first_order_at": at("2025-01-01T00:00:00"),
        "last_order_at": at("2025-01-04T08:00:00"),
        "mean_days_between_orders": Decimal("1.67"),
        "gross_revenue": Decimal("15.00"),
        "lifetime_value": Decimal("10.00"),
        "days_since_last_order": 4,
        "segment": "repeat",
    }
    assert_df_equality(found, expected(found, wanted), ignore_nullable=True)


def test_segments_count_back_from_the_last_order_of_the_shop(engine: Engine) -> None:
    newest = [an_order("n", customer="new", ordered="2025-06-30T00:00:00")]
    frequent = [
        an_order(f"f{n}", customer="frequent", ordered=f"2025-06-0{n}T00:00:00")
        for n in range(1, 5)
    ]
    edge = [an_order("e", customer="edge", ordered="2025-01-01T00:00:00")]
    lapsed = [an_order("l", customer="lapsed", ordered="2024-12-31T00:00:00")]
    never = [an_order("c", customer="never", status="cancelled")]

    found = customers(engine, Shop([*newest, *frequent, *edge, *lapsed, *never]))

    assert {name: row["segment"] for name, row in found.items()} == {
        "new": "new",
        "frequent": "frequent",
        "edge": "new",
        "lapsed": "lapsed",
        "never": "none",
    }
    assert found["edge"]["days_since_last_order"] == 180
    assert found["new"]["mean_days_between_orders"] is None

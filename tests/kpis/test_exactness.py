"""Money beyond the seventeen digits of a double keeps every cent."""

from decimal import Decimal

from pyspark.sql import functions as F

from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.orders import order_kpis
from spark_jobs.kpis.ratios import ratio
from spark_jobs.session import Engine
from tests.kpis.frames import Shop, an_item, an_order


def test_sums_keep_the_cent_that_a_double_loses(engine: Engine) -> None:
    orders, lines = Shop(
        [an_order()],
        [an_item("1", price="999999999999.99", quantity=10_000), an_item("2", price="0.01")],
    ).on(engine)

    [day] = order_kpis(orders, lines).collect()
    [category] = category_kpis(lines).collect()

    found = (day.total_revenue, day.net_revenue, category.daily_revenue, category.net_revenue)
    assert found == (Decimal("9999999999999900.01"),) * 4


def test_a_ratio_keeps_the_cent_that_a_double_loses(engine: Engine) -> None:
    cents = 2**53 + 1  # the first whole number that no double is
    numerator = F.lit(Decimal(cents).scaleb(-2))

    [row] = engine.spark.range(1).select(ratio(numerator, F.lit(1), 2).alias("r")).collect()

    assert row.r == Decimal(cents).scaleb(-2)

"""Customer patterns: how often, how much, how long ago."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.kpis.lines import counted, gross, is_cancelled, net, without_cancelled
from spark_jobs.kpis.ratios import ratio

LAPSED_AFTER_DAYS = 180
FREQUENT_FROM_ORDERS = 4
SECONDS_PER_DAY = 86400


def customer_patterns(orders: DataFrame, lines: DataFrame) -> DataFrame:
    """One row for each customer; computed on read, for every batch touches customers of all time.

    Args:
        orders: The lake's whole table `orders`.
        lines: `order_lines` of these orders.

    Returns:
        customer_id, orders (not cancelled), cancelled_orders, first_order_at, last_order_at (of
        orders not cancelled), mean_days_between_orders (two decimals, half up; NULL below two
        orders), gross_revenue, lifetime_value (net revenue), days_since_last_order (whole days up
        to the greatest ordered_at of all orders), segment: `none` (only cancelled orders),
        `lapsed` (over LAPSED_AFTER_DAYS without an order), `frequent` (FREQUENT_FROM_ORDERS or
        more), `repeat` (two or more), `new`.
    """
    now = orders.agg(F.max("ordered_at").alias("now"))
    by_customer = orders.transform(_ordered_by_customer).crossJoin(now)
    spent = _spent_by_customer(orders, lines)
    joined = by_customer.join(spent, on="customer_id", how="left")
    since = F.call_function("div", _seconds("last_order_at", "now"), F.lit(SECONDS_PER_DAY))
    return joined.withColumn("days_since_last_order", since).select(
        "customer_id",
        "orders",
        "cancelled_orders",
        "first_order_at",
        "last_order_at",
        _mean_days().alias("mean_days_between_orders"),
        F.coalesce("gross_revenue", _zero()).alias("gross_revenue"),
        F.coalesce("net_revenue", _zero()).alias("lifetime_value"),
        "days_since_last_order",
        _segment().alias("segment"),
    )


def _ordered_by_customer(orders: DataFrame) -> DataFrame:
    kept_at = F.when(~is_cancelled(), F.col("ordered_at"))
    return orders.groupBy("customer_id").agg(
        counted(~is_cancelled()).cast("bigint").alias("orders"),
        counted(is_cancelled()).cast("bigint").alias("cancelled_orders"),
        F.min(kept_at).alias("first_order_at"),
        F.max(kept_at).alias("last_order_at"),
    )


def _spent_by_customer(orders: DataFrame, lines: DataFrame) -> DataFrame:
    counted_lines = lines.transform(without_cancelled)
    placed = orders.select("order_id", "customer_id")
    return (
        counted_lines.join(placed, on="order_id", how="inner")
        .groupBy("customer_id")
        .agg(gross().alias("gross_revenue"), net().alias("net_revenue"))
    )


def _mean_days() -> Column:
    gaps = F.greatest(F.col("orders") - 1, F.lit(0))
    mean = ratio(_seconds("first_order_at", "last_order_at"), gaps * SECONDS_PER_DAY, 2)
    return F.when(gaps > 0, mean).cast("decimal(18,2)")


def _segment() -> Column:
    return (
        F.when(F.col("orders") == 0, F.lit("none"))
        .when(F.col("days_since_last_order") > LAPSED_AFTER_DAYS, F.lit("lapsed"))
        .when(F.col("orders") >= FREQUENT_FROM_ORDERS, F.lit("frequent"))
        .when(F.col("orders") > 1, F.lit("repeat"))
        .otherwise(F.lit("new"))
    )


def _seconds(start: str, end: str) -> Column:
    return F.unix_timestamp(F.col(end)) - F.unix_timestamp(F.col(start))


def _zero() -> Column:
    return F.lit(0).cast("decimal(38,2)")

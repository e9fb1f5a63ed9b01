"""The table `order_kpi_table`: one row for each day on which an order was placed."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.kpis.lines import (
    counted,
    gross,
    is_cancelled,
    is_returned,
    month_of,
    net,
    without_cancelled,
)
from spark_jobs.kpis.ratios import rate, ratio


def order_kpis(orders: DataFrame, lines: DataFrame) -> DataFrame:
    """KPIs by order_date; a day of cancelled orders stays, with zeros.

    Args:
        orders: The lake's table `orders`, distinct by order_id, the whole of each day.
        lines: `order_lines` of these orders.

    Returns:
        The columns of `order_kpi_table` without those of the publication. `total_orders` and
        `unique_customers` include cancelled orders; revenue, items and the divisor of
        `avg_order_value` do not. `return_rate` looks at the order's own status.
    """
    days = placed_by_day(orders).join(sold_by_day(lines), on="order_date", how="left")
    kept_orders = F.col("total_orders") - F.col("cancelled_orders")
    money = {name: F.coalesce(name, _zero()) for name in ("total_revenue", "net_revenue")}
    return days.withColumns(money).select(
        "order_date",
        "total_orders",
        "cancelled_orders",
        "total_revenue",
        "net_revenue",
        ratio(F.col("total_revenue"), kept_orders, 2).alias("avg_order_value"),
        F.coalesce("total_items_sold", F.lit(0).cast("bigint")).alias("total_items_sold"),
        rate(F.col("returned_orders"), F.col("total_orders")).alias("return_rate"),
        "unique_customers",
        month_of("order_date").alias("order_month"),
    )


def placed_by_day(orders: DataFrame) -> DataFrame:
    """Counts of orders and customers by order_date, cancelled included."""
    # By customer first: a distinct count beside sums is slow on both engines.
    by_customer = orders.groupBy("order_date", "customer_id").agg(
        F.count(F.lit(1)).alias("total_orders"),
        counted(is_cancelled()).alias("cancelled_orders"),
        counted(is_returned()).alias("returned_orders"),
    )
    return by_customer.groupBy("order_date").agg(
        F.sum("total_orders").alias("total_orders"),
        F.sum("cancelled_orders").alias("cancelled_orders"),
        F.sum("returned_orders").alias("returned_orders"),
        F.count(F.lit(1)).alias("unique_customers"),
    )


def sold_by_day(lines: DataFrame) -> DataFrame:
    """Revenue and units by order_date, of the lines that count."""
    return (
        lines.transform(without_cancelled)
        .groupBy("order_date")
        .agg(
            gross().alias("total_revenue"),
            net().alias("net_revenue"),
            F.sum("quantity").alias("total_items_sold"),
        )
    )


def _zero() -> Column:
    return F.lit(0).cast("decimal(38,2)")

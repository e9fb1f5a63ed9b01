"""The table `category_kpi_table`: one row for each category and day with a sale that counts."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.kpis.lines import counted, gross, month_of, net, without_cancelled
from spark_jobs.kpis.ratios import rate, ratio


def category_kpis(lines: DataFrame) -> DataFrame:
    """KPIs by category and order_date; nothing left after cancellations means no row.

    Args:
        lines: `order_lines`, the whole of each day.

    Returns:
        The columns of `category_kpi_table` without those of the publication.
        `avg_order_value` and `avg_return_rate` are by distinct order with a line that counts.
    """
    by_order = lines.transform(without_cancelled).transform(by_order_and_category)
    by_day = by_order.groupBy("category", "order_date").agg(
        F.sum("gross_revenue").cast("decimal(38,2)").alias("daily_revenue"),
        F.sum("net_revenue").cast("decimal(38,2)").alias("net_revenue"),
        F.count(F.lit(1)).alias("orders"),
        counted(F.col("has_return")).alias("orders_with_return"),
    )
    return by_day.select(
        "category",
        "order_date",
        "daily_revenue",
        "net_revenue",
        ratio(F.col("daily_revenue"), F.col("orders"), 2).alias("avg_order_value"),
        rate(F.col("orders_with_return"), F.col("orders")).alias("avg_return_rate"),
        month_of("order_date").alias("order_month"),
    )


def by_order_and_category(lines: DataFrame) -> DataFrame:
    """One row for each order and category: what makes a later count of orders distinct."""
    # bool_or, for max of booleans has no fast path on Sail: 2.5 times the whole aggregation.
    return lines.groupBy("order_id", "category").agg(
        F.min("order_date").alias("order_date"),
        gross().alias("gross_revenue"),
        net().alias("net_revenue"),
        F.bool_or("is_returned").alias("has_return"),
    )

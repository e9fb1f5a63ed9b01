"""Sales by day and product, by day, category and region, and by day and region."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.kpis.lines import (
    counted,
    gross,
    is_cancelled,
    month_of,
    net,
    region_of,
    units_returned,
    without_cancelled,
)


def product_daily(orders: DataFrame, lines: DataFrame) -> DataFrame:
    """Units and revenue by order_date and product_id, of the lines that count.

    A returned unit counts on the day of its order, as everything does: so the days of a product
    add up to its revenue, and a day never changes for a reason that lies outside of it.

    Args:
        orders: Not looked at.
        lines: `order_lines`, the whole of each day.

    Returns:
        order_date, product_id, units_sold, units_returned, gross_revenue, net_revenue,
        order_month.
    """
    del orders
    by_day = (
        lines.transform(without_cancelled)
        .groupBy("order_date", "product_id")
        .agg(
            F.sum("quantity").alias("units_sold"),
            units_returned().cast("bigint").alias("units_returned"),
            gross().alias("gross_revenue"),
            net().alias("net_revenue"),
        )
    )
    return by_day.withColumn("order_month", month_of("order_date"))


def category_daily(orders: DataFrame, lines: DataFrame) -> DataFrame:
    """Distinct orders, units and revenue by order_date, category and region.

    Orders may be added up over regions (an order has one), not over categories.

    Args:
        orders: Not looked at.
        lines: `order_lines`, the whole of each day.

    Returns:
        order_date, category, region, orders, units_sold, gross_revenue, net_revenue, order_month;
        of the lines that count.
    """
    del orders
    by_order = (
        lines.transform(without_cancelled)
        .groupBy("order_id", "category")
        .agg(
            F.min("order_date").alias("order_date"),
            F.min("region").alias("region"),
            F.sum("quantity").alias("units_sold"),
            gross().alias("gross_revenue"),
            net().alias("net_revenue"),
        )
    )
    by_day = (
        by_order.withColumn("region", region_of("region"))
        .groupBy("order_date", "category", "region")
        .agg(
            F.count(F.lit(1)).alias("orders"),
            F.sum("units_sold").alias("units_sold"),
            F.sum("gross_revenue").cast("decimal(38,2)").alias("gross_revenue"),
            F.sum("net_revenue").cast("decimal(38,2)").alias("net_revenue"),
        )
    )
    return by_day.withColumn("order_month", month_of("order_date"))


def region_daily(orders: DataFrame, lines: DataFrame) -> DataFrame:
    """Orders placed, units and revenue by order_date and region.

    Args:
        orders: The lake's table `orders`, the whole of each day.
        lines: `order_lines` of these orders.

    Returns:
        order_date, region, total_orders (cancelled included), cancelled_orders, units_sold,
        gross_revenue, net_revenue, order_month; zeros where all was cancelled.
    """
    placed = (
        orders.withColumn("region", region_of("region"))
        .groupBy("order_date", "region")
        .agg(
            F.count(F.lit(1)).alias("total_orders"),
            counted(is_cancelled()).cast("bigint").alias("cancelled_orders"),
        )
    )
    sold = (
        lines.transform(without_cancelled)
        .withColumn("region", region_of("region"))
        .groupBy("order_date", "region")
        .agg(
            F.sum("quantity").alias("units_sold"),
            gross().alias("gross_revenue"),
            net().alias("net_revenue"),
        )
    )
    joined = placed.join(sold, on=["order_date", "region"], how="left")
    return joined.select(
        "order_date",
        "region",
        "total_orders",
        "cancelled_orders",
        F.coalesce("units_sold", F.lit(0).cast("bigint")).alias("units_sold"),
        *(
            F.coalesce(name, F.lit(0).cast("decimal(38,2)")).alias(name)
            for name in ("gross_revenue", "net_revenue")
        ),
        month_of("order_date").alias("order_month"),
    )

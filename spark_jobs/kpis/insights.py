"""What people ask of the marts: reading functions that roll the stored days up."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.facts.words import UNKNOWN_CATEGORY
from spark_jobs.kpis.lines import category_of, without_cancelled
from spark_jobs.kpis.ratios import rate

PERIODS: dict[str, str] = {"day": "order_date", "month": "order_month"}
"""The column that a period is grouped by."""


def product_performance(product_daily: DataFrame, products: DataFrame) -> DataFrame:
    """Each product's month, ranked by gross revenue (ties: by product_id), best first and last.

    Args:
        product_daily: The mart, of the days or months asked for.
        products: The lake's table `products`.

    Returns:
        order_month, rank (1 sells best), rank_from_worst (1 sells least), product_id, name,
        category, units_sold, units_returned, gross_revenue, net_revenue, return_rate (units
        returned ÷ units sold).
    """
    months = product_daily.groupBy("order_month", "product_id").agg(*_units(), *_revenue())
    best = Window.partitionBy("order_month").orderBy(F.desc("gross_revenue"), F.asc("product_id"))
    sizes = months.groupBy("order_month").agg(F.count(F.lit(1)).alias("products"))
    ranked = months.withColumn("rank", F.row_number().over(best).cast("bigint"))
    ranked = ranked.join(sizes, on="order_month", how="inner").transform(_with_names, products)
    return ranked.select(
        "order_month",
        "rank",
        (F.col("products") - F.col("rank") + 1).alias("rank_from_worst"),
        "product_id",
        "name",
        "category",
        "units_sold",
        "units_returned",
        "gross_revenue",
        "net_revenue",
        rate(F.col("units_returned"), F.col("units_sold")).alias("return_rate"),
    )


def revenue(mart: DataFrame, by: str, per: str = "day") -> DataFrame:
    """Gross and net revenue by product, category or region, and by day or month.

    Args:
        mart: `product_daily`, `category_daily` or `region_daily`.
        by: The mart's column: product_id, category or region.
        per: One of PERIODS.

    Returns:
        order_date or order_month, the column `by`, gross_revenue, net_revenue.
    """
    return mart.groupBy(PERIODS[per], by).agg(*_revenue())


def category_volume(category_daily: DataFrame, per: str = "day") -> DataFrame:
    """Orders and units by period, category and region, of the lines that count.

    Returns:
        order_date or order_month, category, region, orders (distinct in the category), units_sold.
    """
    return category_daily.groupBy(PERIODS[per], "category", "region").agg(
        *_sums("orders", "units_sold")
    )


def region_volume(region_daily: DataFrame, per: str = "day") -> DataFrame:
    """Orders placed and units by period and region.

    Returns:
        order_date or order_month, region, total_orders (cancelled included), cancelled_orders,
        units_sold.
    """
    return region_daily.groupBy(PERIODS[per], "region").agg(
        *_sums("total_orders", "cancelled_orders", "units_sold")
    )


def inventory_movement(product_daily: DataFrame, per: str = "day") -> DataFrame:
    """Units out by sale, back by return, and their difference, by period and product.

    Returns:
        order_date or order_month, product_id, units_out, units_back, units_net; a unit that came
        back counts on the day of its order.
    """
    moved = product_daily.groupBy(PERIODS[per], "product_id").agg(*_units())
    return moved.select(
        PERIODS[per],
        "product_id",
        F.col("units_sold").alias("units_out"),
        F.col("units_returned").alias("units_back"),
        (F.col("units_sold") - F.col("units_returned")).alias("units_net"),
    )


def products_per_day(product_daily: DataFrame, per: str = "day") -> DataFrame:
    """Distinct products and units sold by period.

    Returns:
        order_date or order_month, products, units_sold.
    """
    by_product = product_daily.groupBy(PERIODS[per], "product_id").agg(*_sums("units_sold"))
    return by_product.groupBy(PERIODS[per]).agg(
        F.count(F.lit(1)).alias("products"), *_sums("units_sold")
    )


def products_per_order(lines: DataFrame) -> DataFrame:
    """Distinct products and units of each order that has a line that counts.

    Returns:
        order_date, order_id, products, units_sold.
    """
    by_product = (
        lines.transform(without_cancelled)
        .groupBy("order_date", "order_id", "product_id")
        .agg(F.sum("quantity").alias("units_sold"))
    )
    return by_product.groupBy("order_date", "order_id").agg(
        F.count(F.lit(1)).alias("products"), *_sums("units_sold")
    )


def _with_names(rows: DataFrame, products: DataFrame) -> DataFrame:
    names = products.select("product_id", "name", category_of("category").alias("category"))
    joined = rows.join(names, on="product_id", how="left")
    return joined.withColumn("category", F.coalesce("category", F.lit(UNKNOWN_CATEGORY)))


def _units() -> list[Column]:
    return _sums("units_sold", "units_returned")


def _revenue() -> list[Column]:
    return [
        F.sum(name).cast("decimal(38,2)").alias(name) for name in ("gross_revenue", "net_revenue")
    ]


def _sums(*names: str) -> list[Column]:
    return [F.sum(name).alias(name) for name in names]

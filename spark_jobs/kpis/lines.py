"""The order lines: the one join from which all KPIs and marts come."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.facts.words import UNKNOWN_CATEGORY, Status

UNKNOWN_REGION = "unknown"
"""The region of an order that names none; no shape is obliged to have regions."""

LINE_COLUMNS = (
    "order_id",
    "region",
    "order_date",
    "product_id",
    "category",
    "quantity",
    "total_price",
    "is_cancelled",
    "is_returned",
)


def order_lines(orders: DataFrame, order_items: DataFrame, products: DataFrame) -> DataFrame:
    """One row for each item whose order is known, with what the KPIs ask of it.

    Held items (order unknown) drop out; an item whose product is unknown, or has no category, is
    in the category `unknown`. An item without a status has that of its order. To restrict the
    days, filter `orders` (and, to read less, `order_items`) by `order_month` before.

    Args:
        orders: The lake's table `orders`, distinct by order_id.
        order_items: The lake's table `order_items`.
        products: The lake's table `products`, distinct by product_id.

    Returns:
        LINE_COLUMNS, few, for they are written once and read by every KPI and mart: `order_date`
        and `region` are the order's; `is_cancelled` when the item or its order is; `is_returned`
        by the item's status alone, cancelled or not.
    """
    order_columns = orders.select(
        "order_id",
        "region",
        "order_date",
        F.col("status").alias("order_status"),
    )
    item_columns = order_items.select("order_id", "product_id", "quantity", "total_price", "status")
    categories = products.select("product_id", category_of("category").alias("category"))
    joined = item_columns.join(order_columns, on="order_id", how="inner")
    joined = joined.join(categories, on="product_id", how="left")
    return (
        joined.withColumn("category", F.coalesce("category", F.lit(UNKNOWN_CATEGORY)))
        .withColumn("status", F.coalesce("status", "order_status"))
        .withColumn("is_cancelled", _is("status", Status.CANCELLED) | is_cancelled("order_status"))
        .withColumn("is_returned", _is("status", Status.RETURNED))
        .select(*LINE_COLUMNS)
    )


def category_of(column: str) -> Column:
    """A product's category, `unknown` where it is NULL or blank."""
    return _named(column, UNKNOWN_CATEGORY)


def region_of(column: str) -> Column:
    """An order's region, `unknown` where it is NULL or blank."""
    return _named(column, UNKNOWN_REGION)


def is_cancelled(column: str = "status") -> Column:
    """Whether a status column says cancelled; false for NULL."""
    return _is(column, Status.CANCELLED)


def is_returned(column: str = "status") -> Column:
    """Whether a status column says returned; false for NULL."""
    return _is(column, Status.RETURNED)


def without_cancelled(lines: DataFrame) -> DataFrame:
    """The lines that count: cancelled leaves before anything else is looked at."""
    return lines.filter(~F.col("is_cancelled"))


def gross() -> Column:
    """Sum of quantity x unit_price of the lines, decimal(38,2)."""
    return F.sum("total_price").cast("decimal(38,2)")


def net() -> Column:
    """The same less returned lines, decimal(38,2)."""
    kept = F.when(F.col("is_returned"), F.lit(0)).otherwise(F.col("total_price"))
    return F.sum(kept.cast("decimal(38,2)")).cast("decimal(38,2)")


def units_returned() -> Column:
    """Sum of the quantities of returned lines."""
    return F.sum(F.when(F.col("is_returned"), F.col("quantity")).otherwise(F.lit(0)))


def counted(condition: Column) -> Column:
    """Number of rows for which a condition holds, 0 where there are none."""
    return F.sum(F.when(condition, F.lit(1)).otherwise(F.lit(0)))


def month_of(day: str) -> Column:
    """The month `yyyy-MM` of a date column, as `order_month` has it."""
    return F.date_format(F.col(day), "yyyy-MM")


def _named(column: str, otherwise: str) -> Column:
    trimmed = F.trim(F.col(column))
    return F.when(F.length(trimmed) > 0, trimmed).otherwise(F.lit(otherwise))


def _is(column: str, status: Status) -> Column:
    return F.coalesce(F.col(column) == str(status), F.lit(False))

"""The days whose numbers a batch changes: of every altered row, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.words import UNKNOWN_CATEGORY, Dataset
from spark_jobs.lake.fates import WAS, TablePlan

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake


def affected_days(lake: Lake, tables: Mapping[Dataset, TablePlan]) -> DataFrame:
    """The distinct `order_date` of every day whose numbers the batch changes."""
    found: list[DataFrame] = []
    if orders := tables.get(Dataset.ORDERS):
        found += days_of_orders(orders)
    if items := tables.get(Dataset.ORDER_ITEMS):
        found += days_of_items(lake, items)
    if products := tables.get(Dataset.PRODUCTS):
        found += days_of_products(lake, products)
    if not found:
        return lake.engine.spark.sql("SELECT CAST(NULL AS date) AS order_date WHERE false")
    days = reduce(lambda left, right: left.unionByName(right), found)
    return days.filter("order_date IS NOT NULL").distinct()


def days_of_orders(plan: TablePlan) -> list[DataFrame]:
    """The days of altered orders, those that they move away from too.

    A new order's day is among them, so items that waited for it need no search of their own.
    """
    altered = plan.altered
    after = altered.select("order_date").distinct()
    if plan.first_load:
        return [after]
    return [after, altered.select(F.col(f"{WAS}order_date").alias("order_date")).distinct()]


def days_of_items(lake: Lake, plan: TablePlan) -> list[DataFrame]:
    """The days of altered items: where they counted, and that of the order that they belong to.

    Only the lake's orders are asked: an order that this batch brings or moves is altered itself,
    and with it both of its days.
    """
    altered = plan.altered
    days = []
    if not plan.first_load:
        days.append(altered.select(F.col(f"{WAS}order_date").alias("order_date")).distinct())
    if not lake.is_empty(Dataset.ORDERS):
        orders = lake.frame(Dataset.ORDERS).select("order_id", "order_date")
        after = orders.join(altered.select("order_id"), on="order_id", how="left_semi")
        days.append(after.select("order_date").distinct())
    return days


def days_of_products(lake: Lake, plan: TablePlan) -> list[DataFrame]:
    """The days of the items of products whose category changes, or which first become known."""
    if lake.is_empty(Dataset.ORDER_ITEMS):
        return []
    now = f"coalesce(category, '{UNKNOWN_CATEGORY}')"
    was = f"'{UNKNOWN_CATEGORY}'"
    if not plan.first_load:
        was = f"coalesce({WAS}category, '{UNKNOWN_CATEGORY}')"
    moved = plan.altered.filter(f"{now} <> {was}").select("product_id")
    items = lake.frame(Dataset.ORDER_ITEMS).select("product_id", "order_date")
    return [items.join(moved, on="product_id", how="left_semi").select("order_date").distinct()]

"""What waits for a reference: a query over the state, not a place."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.words import Dataset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake


def held_items(lake: Lake, now: datetime) -> DataFrame:
    """The items whose order is not known: they count for no day until it arrives.

    Returns:
        `order_item_id`, `order_id`, `product_id`, `total_price`, `received_at` and
        `held_seconds`, the time from `received_at` to `now`.
    """
    undated = lake.frame(Dataset.ORDER_ITEMS, (), undated=True)
    orders = lake.frame(Dataset.ORDERS).select("order_id")
    waiting = undated.join(orders, on="order_id", how="left_anti")
    seconds = F.unix_micros(F.lit(now).cast("timestamp")) - F.unix_micros("received_at")
    return waiting.select(
        "order_item_id",
        "order_id",
        "product_id",
        "total_price",
        "received_at",
        F.floor(seconds / 1_000_000).cast("bigint").alias("held_seconds"),
    )


def unknown_products(lake: Lake) -> DataFrame:
    """The products that items name and the lake lacks; their items count as `unknown`.

    Returns:
        `product_id` and the number of `items`.
    """
    items = lake.frame(Dataset.ORDER_ITEMS).select("product_id")
    products = lake.frame(Dataset.PRODUCTS).select("product_id")
    counted = items.groupBy("product_id").agg(F.count("*").alias("items"))
    return counted.join(products, on="product_id", how="left_anti")

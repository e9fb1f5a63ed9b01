"""Builders of canonical rows, as the lake's tables hold them, and a small shop on an engine."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.kpis.lines import order_lines
from spark_jobs.lake.tables import DATA_TABLES, Table
from spark_jobs.session import Engine

Row = dict[str, Any]

DAY = dt.date(2025, 3, 8)


def at(text: str) -> dt.datetime:
    """A time of the lake's zone: `at("2025-03-08T10:00:00")`."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def an_order(
    order_id: str = "1",
    *,
    customer: str = "7",
    status: str = "delivered",
    ordered: str = "2025-03-08T10:00:00",
    shipped: str | None = None,
    delivered: str | None = None,
    returned: str | None = None,
    region: str | None = None,
) -> Row:
    """An order as the table `orders` holds it."""
    ordered_at = at(ordered)
    return {
        "order_id": order_id,
        "customer_id": customer,
        "ordered_at": ordered_at,
        "status": status,
        "shipped_at": at(shipped) if shipped else None,
        "delivered_at": at(delivered) if delivered else None,
        "returned_at": at(returned) if returned else None,
        "region": region,
        "order_date": ordered_at.date(),
        "order_month": f"{ordered_at:%Y-%m}",
    }


def an_item(
    item_id: str = "1",
    order_id: str = "1",
    *,
    product: str = "1",
    price: str = "10.00",
    quantity: int = 1,
    status: str | None = None,
) -> Row:
    """An item as the table `order_items` holds it."""
    return {
        "order_item_id": item_id,
        "order_id": order_id,
        "product_id": product,
        "quantity": quantity,
        "unit_price": Decimal(price),
        "total_price": quantity * Decimal(price),
        "status": status,
    }


def a_product(
    product_id: str = "1", *, category: str | None = "Beauty", name: str | None = "Soap"
) -> Row:
    """A product as the table `products` holds it."""
    return {"product_id": product_id, "category": category, "name": name}


@dataclass(frozen=True)
class Shop:
    """The three tables as rows; one product of the category Beauty unless said otherwise."""

    orders: Sequence[Row]
    items: Sequence[Row] = ()
    products: Sequence[Row] = field(default_factory=lambda: [a_product()])

    def on(self, engine: Engine) -> tuple[DataFrame, DataFrame]:
        """The orders and the order lines as frames of an engine."""
        orders, items, products = (
            rows_on(engine, DATA_TABLES[name], rows)
            for name, rows in zip(
                DATA_TABLES, (self.orders, self.items, self.products), strict=True
            )
        )
        return orders, order_lines(orders, items, products)


def rows_on(engine: Engine, table: Table, rows: Sequence[Row]) -> DataFrame:
    """A frame with the table's columns; what a row does not name is NULL."""
    values = [tuple(row.get(name) for name in table.columns) for row in rows]
    return engine.spark.createDataFrame(values, table.ddl)


def expected(frame: DataFrame, *rows: Row) -> DataFrame:
    """A frame of the other's schema, to compare with; every column is named."""
    values = [tuple(row[name] for name in frame.columns) for row in rows]
    return frame.sparkSession.createDataFrame(values, frame.schema)

"""Small builders: a record with sensible values, of which a test names only what it is about."""

import csv
from collections.abc import Sequence
from pathlib import Path

Record = dict[str, str]

ORDER_HEADER = [
    "order_id",
    "user_id",
    "status",
    "created_at",
    "returned_at",
    "shipped_at",
    "delivered_at",
    "num_of_item",
]

ITEM_HEADER = [
    "id",
    "order_id",
    "user_id",
    "product_id",
    "status",
    "created_at",
    "shipped_at",
    "delivered_at",
    "returned_at",
    "sale_price",
]

PRODUCT_HEADER = ["id", "sku", "cost", "category", "name", "brand", "retail_price", "department"]


def an_order(
    order_id: str = "1",
    *,
    customer: str = "7",
    status: str = "delivered",
    at: str = "2025-03-08T10:00:00",
    shipped: str = "",
    delivered: str = "",
    returned: str = "",
    count: str = "1",
) -> Record:
    """An order of the shape thelook."""
    return {
        "order_id": order_id,
        "user_id": customer,
        "status": status,
        "created_at": at,
        "returned_at": returned,
        "shipped_at": shipped,
        "delivered_at": delivered,
        "num_of_item": count,
    }


def an_item(
    item_id: str = "1",
    order_id: str = "1",
    *,
    product: str = "1",
    price: str = "10.00",
    status: str = "delivered",
    at: str = "2025-03-08T10:00:00",
    shipped: str = "",
    delivered: str = "",
    returned: str = "",
) -> Record:
    """An order item of the shape thelook."""
    return {
        "id": item_id,
        "order_id": order_id,
        "user_id": "7",
        "product_id": product,
        "status": status,
        "created_at": at,
        "shipped_at": shipped,
        "delivered_at": delivered,
        "returned_at": returned,
        "sale_price": price,
    }


def a_product(
    product_id: str = "1",
    *,
    category: str = "Beauty",
    price: str = "20.00",
    cost: str = "5.00",
    name: str = "Soap",
) -> Record:
    """A product of the shape thelook."""
    return {
        "id": product_id,
        "sku": f"SKU-{product_id}",
        "cost": cost,
        "category": category,
        "name": name,
        "brand": "Acme",
        "retail_price": price,
        "department": "Care",
    }


def a_basic_order(
    order_id: str = "1",
    *,
    customer: str = "C7",
    status: str = "completed",
    day: str = "2025-03-08",
) -> Record:
    """An order of the shape basic."""
    return {"order_id": order_id, "customer_id": customer, "order_date": day, "status": status}


def a_basic_item(
    order_id: str = "1", *, product: str = "P1", quantity: str = "1", price: str = "10.00"
) -> Record:
    """An order item of the shape basic, without an id of its own."""
    return {"order_id": order_id, "product_id": product, "quantity": quantity, "price": price}


def a_basic_product(product_id: str = "P1", *, category: str = "Beauty") -> Record:
    """A product of the shape basic."""
    return {"product_id": product_id, "name": "Soap", "category": category, "price": "20.00"}


def a_shop_file(path: Path, records: Sequence[Record]) -> Path:
    """Writes records (at least one) as CSV under the header of the first; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    return path

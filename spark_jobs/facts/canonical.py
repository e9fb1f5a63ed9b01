"""The canonical model: the columns that every source shape is brought to."""

from dataclasses import dataclass

from spark_jobs.facts.words import Dataset, Kind


@dataclass(frozen=True)
class CanonicalColumn:
    """One column of the canonical model.

    Args:
        kind: Its type.
        required: Whether a stored row must have a value.
    """

    kind: Kind
    required: bool = False


_S, _T, _M = Kind.STRING, Kind.TIMESTAMP, Kind.MONEY

CANONICAL: dict[Dataset, dict[str, CanonicalColumn]] = {
    Dataset.ORDERS: {
        "order_id": CanonicalColumn(_S, required=True),
        "customer_id": CanonicalColumn(_S, required=True),
        "ordered_at": CanonicalColumn(_T, required=True),
        "status": CanonicalColumn(_S, required=True),
        "shipped_at": CanonicalColumn(_T),
        "delivered_at": CanonicalColumn(_T),
        "returned_at": CanonicalColumn(_T),
        "item_count": CanonicalColumn(Kind.INTEGER),
        "region": CanonicalColumn(_S),
    },
    Dataset.ORDER_ITEMS: {
        "order_item_id": CanonicalColumn(_S, required=True),
        "order_id": CanonicalColumn(_S, required=True),
        "product_id": CanonicalColumn(_S, required=True),
        "quantity": CanonicalColumn(Kind.INTEGER, required=True),
        "unit_price": CanonicalColumn(_M, required=True),
        "status": CanonicalColumn(_S),
        "shipped_at": CanonicalColumn(_T),
        "delivered_at": CanonicalColumn(_T),
        "returned_at": CanonicalColumn(_T),
    },
    Dataset.PRODUCTS: {
        "product_id": CanonicalColumn(_S, required=True),
        "sku": CanonicalColumn(_S),
        "name": CanonicalColumn(_S),
        "category": CanonicalColumn(_S),
        "brand": CanonicalColumn(_S),
        "department": CanonicalColumn(_S),
        "cost": CanonicalColumn(_M),
        "list_price": CanonicalColumn(_M),
    },
}

KEYS: dict[Dataset, str] = {
    Dataset.ORDERS: "order_id",
    Dataset.ORDER_ITEMS: "order_item_id",
    Dataset.PRODUCTS: "product_id",
}

LIFECYCLE_TIMES = ("shipped_at", "delivered_at", "returned_at")

PROVENANCE: dict[str, str] = {
    "correction": "int",
    "row_version": "bigint",
    "final_cancelled": "boolean",
    "lifecycle_at": "timestamp",
    "received_at": "timestamp",
    "file_sha256": "string",
    "record": "bigint",
}
"""Where a row came from, in the order that decides which version of it wins (greatest first)."""

SQL_TYPES: dict[Kind, str] = {
    Kind.STRING: "string",
    Kind.INTEGER: "bigint",
    Kind.MONEY: "decimal(18,2)",
    Kind.DECIMAL: "decimal(18,6)",
    Kind.TIMESTAMP: "timestamp",
}

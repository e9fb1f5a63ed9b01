"""The vocabulary of ARCHITECTURE.md as enums: one spelling for code, logs, states and columns."""

from enum import StrEnum


class Dataset(StrEnum):
    """What a file can hold."""

    ORDERS = "orders"
    ORDER_ITEMS = "order_items"
    PRODUCTS = "products"


class Status(StrEnum):
    """Canonical life-cycle words of an order or an item."""

    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What validate says of a file or of a batch."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class Outcome(StrEnum):
    """What a task leaves behind for the state machine."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    DONE = "done"
    FATAL = "fatal"


class Severity(StrEnum):
    """What a broken rule does."""

    REJECT_FILE = "reject_file"
    REJECT_RECORD = "reject_record"
    WARN = "warn"


class Kind(StrEnum):
    """The canonical types; MONEY is decimal(18,2), DECIMAL keeps six decimals for expressions."""

    STRING = "string"
    INTEGER = "integer"
    MONEY = "money"
    DECIMAL = "decimal"
    TIMESTAMP = "timestamp"


class EngineName(StrEnum):
    """The engines that a job runs on."""

    SAIL = "sail"
    SPARK = "spark"


UNKNOWN_CATEGORY = "unknown"
"""The category of an item whose product, or whose product's category, is not known."""

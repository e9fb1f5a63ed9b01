"""The tables of the lake: columns, keys and partitions, as data."""

from dataclasses import dataclass, field

from spark_jobs.facts.canonical import CANONICAL, KEYS, PROVENANCE, SQL_TYPES
from spark_jobs.facts.words import Dataset


@dataclass(frozen=True)
class Table:
    """One Iceberg table.

    Args:
        columns: SQL type by name, in order.
        key: Columns whose values are distinct.
        partitioned_by: Identity partitions.
    """

    columns: dict[str, str]
    key: tuple[str, ...]
    partitioned_by: tuple[str, ...] = field(default=())

    @property
    def ddl(self) -> str:
        """The columns as in CREATE TABLE."""
        return ", ".join(f"`{name}` {kind}" for name, kind in self.columns.items())


def _canonical(dataset: Dataset) -> dict[str, str]:
    return {name: SQL_TYPES[column.kind] for name, column in CANONICAL[dataset].items()}


MONTH = "order_month"
"""The month (`yyyy-MM`) of `order_date`: the unit in which tables are pruned and recomputed."""

_DAY = {"order_date": "date", MONTH: "string"}
_MONEY = "decimal(38,2)"
_RATE = "decimal(5,4)"
_PUBLICATION = {"batch_id": "string", "version": "bigint", "updated_at": "timestamp"}

DATA_TABLES: dict[Dataset, Table] = {
    Dataset.ORDERS: Table(
        _canonical(Dataset.ORDERS) | _DAY | PROVENANCE, (KEYS[Dataset.ORDERS],), (MONTH,)
    ),
    Dataset.ORDER_ITEMS: Table(
        _canonical(Dataset.ORDER_ITEMS) | {"total_price": _MONEY} | _DAY | PROVENANCE,
        (KEYS[Dataset.ORDER_ITEMS],),
        (MONTH,),
    ),
    Dataset.PRODUCTS: Table(_canonical(Dataset.PRODUCTS) | PROVENANCE, (KEYS[Dataset.PRODUCTS],)),
}
"""Latest state by key. An item's day is that of its order, NULL while the order is not known."""

KPI_TABLES: dict[str, Table] = {
    "order_kpi_table": Table(
        {
            "order_date": "date",
            "total_orders": "bigint",
            "cancelled_orders": "bigint",
            "total_revenue": _MONEY,
            "net_revenue": _MONEY,
            "avg_order_value": _MONEY,
            "total_items_sold": "bigint",
            "return_rate": _RATE,
            "unique_customers": "bigint",
            **_PUBLICATION,
            MONTH: "string",
        },
        ("order_date",),
        (MONTH,),
    ),
    "category_kpi_table": Table(
        {
            "category": "string",
            "order_date": "date",
            "daily_revenue": _MONEY,
            "net_revenue": _MONEY,
            "avg_order_value": _MONEY,
            "avg_return_rate": _RATE,
            **_PUBLICATION,
            MONTH: "string",
        },
        ("category", "order_date"),
        (MONTH,),
    ),
}

STATE_TABLES: dict[str, Table] = {
    "outbox": Table(
        {
            "batch_id": "string",
            "order_date": "date",
            "category": "string",  # '' stands for the day's own row
            "opened_at": "timestamp",
        },
        ("batch_id", "order_date", "category"),
    ),
    "quarantine": Table(
        {
            "batch_id": "string",
            "dataset": "string",
            "shape": "string",
            "file": "string",
            "file_sha256": "string",
            "record": "bigint",
            "line": "bigint",
            "row_key": "string",
            "raw": "string",
            "violations": "array<string>",
            "quarantined_at": "timestamp",
        },
        ("file_sha256", "dataset", "record"),
    ),
    "quarantine_events": Table(
        {
            "file_sha256": "string",
            "dataset": "string",
            "record": "bigint",
            "event": "string",  # replayed | discarded
            "reason": "string",
            "batch_id": "string",
            "happened_at": "timestamp",
        },
        ("file_sha256", "dataset", "record", "event"),
    ),
    # Not `files`: Iceberg's catalogs take `<namespace>.files` for a table's list of data files.
    "received_files": Table(
        {
            "dataset": "string",
            "file_sha256": "string",
            "file": "string",
            "shape": "string",
            "size_bytes": "bigint",
            "received_at": "timestamp",
            "batch_id": "string",
            "verdict": "string",
            "reason": "string",
            "records": "bigint",
            "staged": "bigint",
            "quarantined": "bigint",
            "stored": "bigint",
            "superseded": "bigint",
            "identical": "bigint",
        },
        ("dataset", "file_sha256"),
    ),
    "batches": Table(
        {
            "batch_id": "string",
            "sequence": "bigint",
            "verdict": "string",
            "files": "bigint",
            "records": "bigint",
            "staged": "bigint",
            "quarantined": "bigint",
            "in_rejected_files": "bigint",
            "stored": "bigint",
            "superseded": "bigint",
            "identical": "bigint",
            "counts_by_rule": "string",  # JSON
            "durations": "string",  # JSON, seconds by stage
            "engine": "string",
            "versions": "string",  # JSON
            "finished_at": "timestamp",
        },
        ("batch_id",),
    ),
}

TABLES: dict[str, Table] = {
    **{str(dataset): table for dataset, table in DATA_TABLES.items()},
    **KPI_TABLES,
    **STATE_TABLES,
}

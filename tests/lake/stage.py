"""Small builders of staged rows, and the steps of a transform up to publishing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, Row

from spark_jobs.facts.canonical import PROVENANCE
from spark_jobs.facts.words import Dataset
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.merge import merge_batch, repair
from spark_jobs.lake.outbox import OpenDays, close_days, open_days, read_open_days
from spark_jobs.lake.plan import Plan, plan_batch
from spark_jobs.lake.staged import STAGED_COLUMNS, StagedBatch, StagedFile
from spark_jobs.lake.tables import DATA_TABLES
from spark_jobs.session import Engine

Values = dict[str, Any]
ORDERS, ITEMS, PRODUCTS = Dataset.ORDERS, Dataset.ORDER_ITEMS, Dataset.PRODUCTS
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def provenance(changed: Mapping[str, Any]) -> Values:
    values = {
        "correction": 0,
        "row_version": 0,
        "final_cancelled": False,
        "lifecycle_at": NEVER,
        "received_at": utc("2025-04-01"),
        "file_sha256": "f1",
        "record": 1,
    }
    return values | {name: value for name, value in changed.items() if name in PROVENANCE}


def an_order(
    order_id: str = "O1", *, at: str = "2025-03-08T10:00", status: str = "delivered", **more: Any
) -> Values:
    day = utc(at).date()
    return {
        "order_id": order_id,
        "customer_id": more.get("customer", "C1"),
        "ordered_at": utc(at),
        "status": status,
        "order_date": day,
        "order_month": f"{day:%Y-%m}",
    } | provenance(more)


def an_item(
    item_id: str = "I1", order_id: str = "O1", *, price: str = "10.00", **more: Any
) -> Values:
    return {
        "order_item_id": item_id,
        "order_id": order_id,
        "product_id": more.get("product", "P1"),
        "quantity": 1,
        "unit_price": Decimal(price),
        "total_price": Decimal(price),
        "status": more.get("status"),
    } | provenance(more)


def a_product(product_id: str = "P1", *, category: str | None = "Toys", **more: Any) -> Values:
    return {
        "product_id": product_id,
        "name": more.get("name", "Bear"),
        "category": category,
    } | provenance(more)


def staged_frame(engine: Engine, dataset: Dataset, rows: Sequence[Values]) -> DataFrame:
    columns = STAGED_COLUMNS[dataset]
    ddl = ", ".join(f"`{name}` {DATA_TABLES[dataset].columns[name]}" for name in columns)
    tuples = [tuple(row.get(name) for name in columns) for row in rows]
    return engine.spark.createDataFrame(tuples, ddl)


def a_batch(engine: Engine, batch_id: str, **rows: Sequence[Values]) -> StagedBatch:
    """A batch of `orders=[…]`, `order_items=[…]`, `products=[…]`."""
    frames = {Dataset(name): staged_frame(engine, Dataset(name), of) for name, of in rows.items()}
    files = {(Dataset(name), row["file_sha256"]): row for name, of in rows.items() for row in of}
    return StagedBatch(
        batch_id,
        frames,
        tuple(
            StagedFile(sha, dataset, f"{dataset}.csv", row["received_at"])
            for (dataset, sha), row in files.items()
        ),
    )


def transform(lake: Lake, batch: StagedBatch) -> tuple[Plan, OpenDays]:
    """All steps but publishing, each as the job takes it."""
    plan = plan_batch(lake, batch)
    open_days(lake, batch.batch_id, plan.days, NOW)
    merge_batch(lake, plan)
    opened = read_open_days(lake)
    repair(lake, opened.months)
    close_days(lake, opened)
    return plan, opened


def take_in(lake: Lake, batch_id: str, **rows: Sequence[Values]) -> tuple[Plan, OpenDays]:
    return transform(lake, a_batch(lake.engine, batch_id, **rows))


def days_of(rows: DataFrame) -> list[date]:
    return sorted(row["order_date"] for row in rows.select("order_date").distinct().collect())


def table(lake: Lake, name: str) -> list[Row]:
    """All rows of a table, sorted by key."""
    return lake.frame(name).orderBy(*lake.tables[name].key).collect()


def data_tables(lake: Lake) -> dict[Dataset, list[Row]]:
    return {dataset: table(lake, dataset) for dataset in Dataset}

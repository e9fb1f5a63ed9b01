"""Small builders of publications, and the tables of DynamoDB that they go to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.awsrequest import AWSResponse

from spark_jobs.batch.lease import LEASE
from spark_jobs.batch.table import item_key
from spark_jobs.lake.tables import KPI_TABLES
from spark_jobs.publish.dynamodb import DynamoPublisher
from spark_jobs.publish.publisher import Publication
from spark_jobs.session import Engine

Values = dict[str, Any]
Item = dict[str, str | Decimal]
"""Attributes by name: S as text, N as Decimal, for equal Numbers may be written differently."""
_value = TypeDeserializer().deserialize

ORDERS, CATEGORIES, STATE = "order_kpi_table", "category_kpi_table", "pipeline_state"
KEYS = {ORDERS: ("order_date",), CATEGORIES: ("category", "order_date"), STATE: ("pk", "sk")}
MARCH_8, MARCH_9 = "2025-03-08", "2025-03-09"
NOW = datetime(2025, 6, 1, 12, 30, 0, 250000, tzinfo=UTC)
MINE = "b1-r1"
BUSY = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")


def create_tables(client: Any) -> None:
    """The three tables, empty, and the lease with nobody's fence."""
    for name, key in KEYS.items():
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in key],
            KeySchema=[
                {"AttributeName": k, "KeyType": kind}
                for k, kind in zip(key, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    hold_lease(client)


def hold_lease(client: Any, execution: str = MINE, fence: int = 1) -> None:
    row = {"fence": {"N": str(fence)}, "execution": {"S": execution}}
    client.put_item(TableName=STATE, Item=item_key(LEASE) | row)


def items(client: Any, table: str) -> list[Item]:
    """All items of a KPI table, sorted by key."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    found = [
        {name: _value(value) for name, value in item.items()}
        for page in pages
        for item in page["Items"]
    ]
    return sorted(found, key=lambda item: [item[key] for key in KEYS[table]])


def keys(client: Any, table: str) -> list[str]:
    """The keys of all items, sorted, as text."""
    return ["/".join(str(item[key]) for key in KEYS[table]) for item in items(client, table)]


def kpi_tables(client: Any) -> list[list[Item]]:
    return [items(client, table) for table in (ORDERS, CATEGORIES)]


def a_day(day: str = MARCH_8, **values: Any) -> Values:
    """A row of order_kpi_table as the lake has it."""
    return {
        "order_date": date.fromisoformat(day),
        "total_orders": 2,
        "cancelled_orders": 0,
        "total_revenue": Decimal("237.00"),
        "net_revenue": Decimal("237.00"),
        "avg_order_value": Decimal("118.50"),
        "total_items_sold": 3,
        "return_rate": Decimal("0.5000"),
        "unique_customers": 2,
        "batch_id": "b1",
        "version": 1,
        "updated_at": NOW,
        "order_month": day[:7],
    } | values


def a_category(category: str = "Beauty", day: str = MARCH_8, **values: Any) -> Values:
    """A row of category_kpi_table as the lake has it."""
    return {
        "category": category,
        "order_date": date.fromisoformat(day),
        "daily_revenue": Decimal("237.00"),
        "net_revenue": Decimal("237.00"),
        "avg_order_value": Decimal("118.50"),
        "avg_return_rate": Decimal("0.5000"),
        "batch_id": "b1",
        "version": 1,
        "updated_at": NOW,
        "order_month": day[:7],
    } | values


@dataclass(frozen=True)
class Press:
    """Makes publications with one engine and publishes them to one DynamoDB."""

    engine: Engine
    client: Any

    def publication(
        self,
        *rows: Values,
        days: tuple[str, ...] = (MARCH_8,),
        published: tuple[tuple[str, str], ...] = (),
        version: int = 1,
    ) -> Publication:
        """Of rows of both tables; `published`: category and day that were there before."""
        create = self.engine.spark.createDataFrame
        frames = {}
        for table, spec in KPI_TABLES.items():
            of_table = [row for row in rows if set(row) == set(spec.columns)]
            tuples = [tuple(row[name] for name in spec.columns) for row in of_table]
            frames[table] = create(tuples, spec.ddl)
        return Publication(
            frames[ORDERS],
            frames[CATEGORIES],
            create([(date.fromisoformat(day),) for day in days], "order_date date"),
            create(
                [(category, date.fromisoformat(day)) for category, day in published],
                "category string, order_date date",
            ),
            version,
        )

    def publisher(
        self, execution: str = MINE, pause: Callable[[float], None] = lambda _: None
    ) -> DynamoPublisher:
        tables = {name: name for name in (ORDERS, CATEGORIES)}
        return DynamoPublisher(self.client, STATE, execution, tables, pause)

    def publish(self, *rows: Values, **about: Any) -> None:
        self.publisher().publish(self.publication(*rows, **about))


def answer(client: Any, *answers: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Answers transactions in turn with errors of DynamoDB; None, and those after, go through.

    Returns:
        The requests made so far, a list that grows.
    """
    left, made = list(answers), []

    def meet(params: dict[str, Any], **_: Any) -> tuple[Any, Any] | None:
        made.append(params)
        told = left.pop(0) if left else None
        return (AWSResponse("", 400, {}, None), dict(told)) if told else None

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", meet)
    return made


def cancelled(*codes: str) -> dict[str, Any]:
    """The answer to a transaction that was cancelled, with the reason of each item."""
    return {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }


def refused(code: str) -> dict[str, Any]:
    """The answer to a call that failed as such."""
    return {"Error": {"Code": code, "Message": "not now"}}

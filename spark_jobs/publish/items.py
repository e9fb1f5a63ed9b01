"""The items of the KPI tables in DynamoDB, made from the rows of the lake's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from spark_jobs.facts.errors import FatalError
from spark_jobs.lake.tables import KPI_TABLES, MONTH

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row

    from spark_jobs.publish.publisher import Publication

TransactItem = dict[str, dict[str, Any]]
"""One entry of `TransactItems`."""

ORDERS, CATEGORIES = "order_kpi_table", "category_kpi_table"
LONGEST_KEY_BYTES = 2048
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TABLE, _IS_THERE = "kpi_table", "is_there"


def changes(
    publication: Publication, tables: Mapping[str, str]
) -> Iterator[tuple[date, TransactItem]]:
    """What brings DynamoDB to the lake's state, by day in order: a put or a delete for each key.

    Streamed from the engine, so that memory does not grow with the number of days.

    Args:
        publication: What is to be published.
        tables: DynamoDB's name of each of KPI_TABLES.

    Raises:
        FatalError: A value that DynamoDB cannot hold exactly.
    """
    orders = _of_open_days(ORDERS, publication.order_kpis, publication, publication.days)
    categories = _of_open_days(
        CATEGORIES, publication.category_kpis, publication, publication.categories
    )
    both = orders.unionByName(categories, allowMissingColumns=True)
    for row in both.orderBy("order_date", _TABLE).toLocalIterator():
        yield row["order_date"], _transact_item(row, tables[row[_TABLE]])


def _of_open_days(
    table: str, rows: DataFrame, publication: Publication, published: DataFrame
) -> DataFrame:
    """The table's rows of the open days, and a row of NULLs for each key that has vanished."""
    spec = KPI_TABLES[table]
    present = rows.join(publication.days, on="order_date", how="left_semi")
    present = present.withColumn(_IS_THERE, F.lit(True))
    all_keys = present.join(published, on=list(spec.key), how="full_outer")
    columns = [
        # As a number: rows carry timestamps in the zone of this process.
        F.unix_micros(name).alias(name) if kind == "timestamp" else F.col(name)
        for name, kind in _attributes(table).items()
    ]
    return all_keys.select(F.lit(table).alias(_TABLE), _IS_THERE, *columns)


def _attributes(table: str) -> dict[str, str]:
    """SQL type by name of what an item has: all columns but the month, by which files are cut."""
    return {name: kind for name, kind in KPI_TABLES[table].columns.items() if name != MONTH}


def _transact_item(row: Row, name: str) -> TransactItem:
    table = row[_TABLE]
    kinds = _attributes(table)
    key = KPI_TABLES[table].key
    wanted = kinds if row[_IS_THERE] else {column: kinds[column] for column in key}
    item = {column: _attribute(table, column, kind, row) for column, kind in wanted.items()}
    for column in key:
        _check_key(table, column, item[column]["S"])
    if row[_IS_THERE]:
        return {"Put": {"TableName": name, "Item": item}}
    return {"Delete": {"TableName": name, "Key": item}}


def _attribute(table: str, column: str, kind: str, row: Row) -> dict[str, str]:
    value = row[column]
    if kind == "timestamp" and value is not None:
        moment = _EPOCH + timedelta(microseconds=value)
        return {"S": moment.isoformat(timespec="microseconds").replace("+00:00", "Z")}
    if kind == "date" and isinstance(value, date):
        return {"S": value.isoformat()}
    if kind == "string" and isinstance(value, str):
        return {"S": value}
    # Numbers of DynamoDB have 38 digits, as many as the widest decimal of the lake.
    if kind not in ("date", "string") and isinstance(value, int | Decimal):
        return {"N": format(value, "f") if isinstance(value, Decimal) else str(value)}
    raise FatalError(
        f"{column} of {row['order_date']} is {value!r}, not a {kind}",
        where=table,
        cure="no transaction with it was sent, and its day stays open; rebuild the lake's table",
    )


def _check_key(table: str, column: str, value: str) -> None:
    size = len(value.encode())
    if not 0 < size <= LONGEST_KEY_BYTES:
        raise FatalError(
            f"{column} {value[:40]!r}… has {size} bytes, DynamoDB's keys 1 to {LONGEST_KEY_BYTES}",
            where=table,
            cure="correct the product, or bound the column by maxLength in its contract",
        )

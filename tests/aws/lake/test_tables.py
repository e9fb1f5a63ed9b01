"""Every operation of the engines on tables of the Glue catalog."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame

from spark_jobs.session import Engine

COLUMNS = (
    "id string, month string, amount decimal(38,2), pieces bigint, day date, at timestamp, "
    "reasons array<string>, rate decimal(5,4)"
)
DAY = date(2025, 3, 8)
AT = datetime(2025, 3, 8, 10, tzinfo=UTC)


def rows(engine: Engine, *values: tuple[str, str, str]) -> DataFrame:
    """Rows of (id, month, amount)."""
    return engine.spark.createDataFrame(
        [(i, m, Decimal(a), 1, DAY, AT, ["x", "y"], Decimal("0.5")) for i, m, a in values], COLUMNS
    )


def amounts(engine: Engine) -> dict[str, str]:
    found = engine.read("sales").select("id", "amount").collect()
    assert len(found) == len({row["id"] for row in found})
    return {row["id"]: str(row["amount"]) for row in found}


@pytest.fixture
def sales(glue_engine: Engine) -> Engine:
    glue_engine.create_table("sales", COLUMNS, ["month"])
    glue_engine.insert(
        "sales", rows(glue_engine, ("a", "2025-03", "1.00"), ("b", "2025-04", "2.00"))
    )
    return glue_engine


def test_a_table_exists_once_it_is_created(glue_engine: Engine) -> None:
    assert not glue_engine.table_exists("sales")
    assert glue_engine.table_names() == []
    glue_engine.create_table("sales", COLUMNS, ["month"])
    glue_engine.create_table("sales", COLUMNS, ["month"])
    assert glue_engine.table_exists("sales")
    assert glue_engine.table_names() == ["sales"]


def test_what_is_inserted_is_read_back_by_name_and_type(sales: Engine) -> None:
    shuffled = rows(sales, ("c", "2025-04", "3.00")).select(
        "rate", "reasons", "month", "at", "id", "day", "pieces", "amount"
    )
    sales.insert("sales", shuffled)
    (row,) = sales.read("sales").filter("id = 'c'").collect()
    assert row.asDict() == {
        "id": "c",
        "month": "2025-04",
        "amount": Decimal("3.00"),
        "pieces": 1,
        "day": DAY,
        "at": row["at"],
        "reasons": ["x", "y"],
        "rate": Decimal("0.5000"),
    }
    assert sales.read("sales").selectExpr("max(unix_timestamp(at))").collect()[0][0] == int(
        AT.timestamp()
    )


def test_a_merge_updates_inserts_and_deletes(sales: Engine) -> None:
    source = rows(sales, ("a", "2025-05", "9.00"), ("b", "2025-04", "0.00"), ("c", "2025-04", "3"))
    sales.merge("sales", source, "t.id = s.id", delete_when="s.amount = 0")
    assert amounts(sales) == {"a": "9.00", "c": "3.00"}
    months = {row["id"]: row["month"] for row in sales.read("sales").collect()}
    assert months == {"a": "2025-05", "c": "2025-04"}


def test_partitions_are_replaced_and_others_stay(sales: Engine) -> None:
    sales.overwrite_partitions("sales", rows(sales, ("c", "2025-04", "3.00")))
    assert amounts(sales) == {"a": "1.00", "c": "3.00"}


def test_rows_are_deleted_by_condition(sales: Engine) -> None:
    sales.delete("sales", "month = '2025-03'")
    assert amounts(sales) == {"b": "2.00"}


def test_each_commit_is_another_state(sales: Engine) -> None:
    before = sales.state("sales")
    assert before == sales.state("sales")
    sales.delete("sales", "id = 'a'")
    assert before != sales.state("sales")
    assert sales.state("nothing") is None


def test_rows_stand_in_folders_of_their_month(sales: Engine) -> None:
    import boto3

    listed = boto3.client("s3").list_objects_v2(Bucket="orders-lake", Prefix="warehouse/sales/data")
    folders = {key["Key"].split("/")[3] for key in listed["Contents"]}
    assert folders == {"month=2025-03", "month=2025-04"}

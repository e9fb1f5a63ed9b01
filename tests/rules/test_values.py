"""What each text becomes, for every kind of column: one table, read by both engines alike."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, Row

from spark_jobs.facts.violations import RecordCode
from spark_jobs.facts.words import Dataset
from spark_jobs.session import Engine
from tests.rules.received import (
    Record,
    a_product_record,
    a_record,
    an_item_record,
    collectable,
    findings,
    judged,
)
from tests.rules.value_tables import (
    BOUNDED,
    EPOCH_MS,
    EPOCH_S_OR_ISO,
    FIXED,
    INTEGERS,
    ISO,
    MONEY,
    QUANTITIES,
)

PRODUCT, ITEM, ORDER = Dataset.PRODUCTS, Dataset.ORDER_ITEMS, Dataset.ORDERS
TABLES: list[tuple[Dataset, str, dict[str | None, Any]]] = [
    (ORDER, "ordered_at", ISO),
    (ORDER, "shipped_at", FIXED),
    (ORDER, "delivered_at", EPOCH_MS),
    (ORDER, "returned_at", EPOCH_S_OR_ISO),
    (ORDER, "item_count", INTEGERS),
    (PRODUCT, "list_price", MONEY),
    (PRODUCT, "cost", BOUNDED),
    (ITEM, "quantity", QUANTITIES),
]
CASES = [
    pytest.param(dataset, column, text, expected, id=f"{column}={text!r}")
    for dataset, column, table in TABLES
    for text, expected in table.items()
]
BUILDERS = {ORDER: a_record, ITEM: an_item_record, PRODUCT: a_product_record}

Judged = dict[tuple[Dataset, str, str | None], Row]


def records_of(dataset: Dataset) -> list[tuple[str, str | None, Record]]:
    """Each case of a dataset with the record that shows it."""
    return [
        (column, text, BUILDERS[dataset](**{column: text}))
        for owner, column, table in TABLES
        if owner is dataset
        for text in table
    ]


def parts(rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """The good rows, and of the bad ones what was found: their values may be beyond Python."""
    shown = collectable(rows)
    bad = shown.where("violations is not null").select("_record", "violations", "warnings")
    return shown.where("violations is null"), bad


@pytest.fixture(scope="module")
def rows(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """All cases, split once for each engine and dataset."""
    found: Judged = {}
    for dataset in Dataset:
        cases = records_of(dataset)
        folder = tmp_path_factory.mktemp(str(dataset)) / "raw"
        frame = judged(engine, folder, dataset, [[record for _, _, record in cases]])
        good, bad = parts(frame)
        by_record = {row["_record"]: row for row in [*good.collect(), *bad.collect()]}
        assert len(by_record) == len(cases)
        for number, (column, text, _) in enumerate(cases, start=1):
            found[dataset, column, text] = by_record[number]
    return found


@pytest.mark.parametrize(("dataset", "column", "text", "expected"), CASES)
def test_a_text_becomes_its_value_or_its_violation(
    rows: Judged, dataset: Dataset, column: str, text: str | None, expected: object
) -> None:
    row = rows[dataset, column, text]
    if isinstance(expected, RecordCode):
        shown = (text or "").strip(" ")
        assert findings(row["violations"]) == [(expected, column, shown)]
    else:
        assert row["violations"] is None
        assert row[column] == _typed(dataset, expected)


def test_both_engines_split_into_the_same_rows_of_the_same_types(
    sail_engine: Engine, spark_engine: Engine, tmp_path: Path
) -> None:
    for dataset in Dataset:
        records = [[record for _, _, record in records_of(dataset)]]
        sail = judged(sail_engine, tmp_path / dataset, dataset, records)
        spark = judged(spark_engine, tmp_path / dataset, dataset, records)
        for one, other in zip(parts(sail), parts(spark), strict=True):
            assert_df_equality(one.sort("_record"), other.sort("_record"), ignore_nullable=True)


def _typed(dataset: Dataset, expected: Any) -> Any:
    if isinstance(expected, str):
        if dataset is ORDER:
            return datetime.fromisoformat(expected)
        return Decimal(expected)
    return expected

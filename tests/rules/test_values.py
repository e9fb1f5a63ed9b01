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

NOT_A_TIME, FUTURE = RecordCode.NOT_A_TIME, RecordCode.IN_THE_FUTURE
RANGE, NOT_A_NUMBER = RecordCode.OUT_OF_RANGE, RecordCode.NOT_A_NUMBER
NOT_AN_INTEGER, MISSING = RecordCode.NOT_AN_INTEGER, RecordCode.MISSING_VALUE

ISO: dict[str | None, str] = {
    "2025-03-08T10:00:00": "2025-03-08 10:00:00",
    "2025-03-08 10:00:00": "2025-03-08 10:00:00",
    "2025-03-08T10:00": "2025-03-08 10:00:00",
    "2025-03-08": "2025-03-08 00:00:00",
    "  2025-03-08 10:00:00  ": "2025-03-08 10:00:00",
    "2025-03-08T10:00:00.5": "2025-03-08 10:00:00.5",
    "2025-03-08T10:00:00.123456": "2025-03-08 10:00:00.123456",
    "2025-03-08T10:00:00.123456789": "2025-03-08 10:00:00.123456",
    "2025-03-08T10:00:00.999999999": "2025-03-08 10:00:00.999999",
    "2025-03-08T10:00:00Z": "2025-03-08 10:00:00",
    "2025-03-08 10:00:00 UTC": "2025-03-08 10:00:00",
    "2025-03-08 10:00:00.25 UTC": "2025-03-08 10:00:00.25",
    "2025-03-08T10:00:00+01:30": "2025-03-08 08:30:00",
    "2025-03-08T10:00:00-01:30": "2025-03-08 11:30:00",
    "2025-03-08T10:00:00+0130": "2025-03-08 08:30:00",
    "2025-03-08T10:00:00-0030": "2025-03-08 10:30:00",
    "2025-03-08T10:00:00.5+14:00": "2025-03-07 20:00:00.5",
    "2025-03-08T10:00-05:00": "2025-03-08 15:00:00",
    "2025-03-08T10:00Z": "2025-03-08 10:00:00",
    "2025-03-08 10:00 UTC": "2025-03-08 10:00:00",
    "2024-02-29": "2024-02-29 00:00:00",
    "2000-02-29T23:59:59": "2000-02-29 23:59:59",
    "1990-01-01T00:00:00": "1990-01-01 00:00:00",
    "2026-06-02T00:00:00": "2026-06-02 00:00:00",
    "2025-03-30T02:30:00": "2025-03-30 02:30:00",
    None: MISSING,
    "": MISSING,
    "   ": MISSING,
    "now": NOT_A_TIME,
    "today": NOT_A_TIME,
    "epoch": NOT_A_TIME,
    "10:00:00": NOT_A_TIME,
    "2025-1-5": NOT_A_TIME,
    "2025-03": NOT_A_TIME,
    "2025": NOT_A_TIME,
    "20250308": NOT_A_TIME,
    "2025-03-08T": NOT_A_TIME,
    "2025-03-08T10": NOT_A_TIME,
    "2025-03-08Z": NOT_A_TIME,
    "2025-03-08T24:00:00": NOT_A_TIME,
    "2025-03-08T10:60:00": NOT_A_TIME,
    "2025-03-08T10:00:60": NOT_A_TIME,
    "2025-03-08T10:00:00.1234567890": NOT_A_TIME,
    "2025-03-08T10:00:00+15:00": NOT_A_TIME,
    "2025-03-08T10:00:00 Europe/Berlin": NOT_A_TIME,
    "2025-03-08t10:00:00": NOT_A_TIME,
    "2025-03-08T10:00:00\n": NOT_A_TIME,
    "2025-03-08\n": NOT_A_TIME,
    "2025-02-29": NOT_A_TIME,
    "2025-02-30": NOT_A_TIME,
    "2025-04-31T10:00:00": NOT_A_TIME,
    "1900-02-29": NOT_A_TIME,
    "2025-00-10": NOT_A_TIME,
    "2025-13-10": NOT_A_TIME,
    "-2025-03-08": NOT_A_TIME,
    "+12025-03-08": NOT_A_TIME,
    "\uff12\uff10\uff12\uff15-03-08": NOT_A_TIME,
    "08.03.2025": NOT_A_TIME,
    "0001-01-01": RANGE,
    "1989-12-31T23:59:59.999999": RANGE,
    "2026-06-02T00:00:00.000001": RANGE,
}
"""`ordered_at`: ISO, required, from 1990 to 2026-06-02."""

FIXED: dict[str | None, str | None] = {
    None: None,
    "08.03.2025 10:11:12": "2025-03-08 10:11:12",
    "08.03.2025": "2025-03-08 00:00:00",
    "2025/03/08 10:11:12.345": "2025-03-08 10:11:12.345",
    " 29.02.2024 ": "2024-02-29 00:00:00",
    "01.01.1900": "1900-01-01 00:00:00",
    "29.02.2025": NOT_A_TIME,
    "31.04.2025 10:00:00": NOT_A_TIME,
    "8.3.2025": NOT_A_TIME,
    "03/08/2025": NOT_A_TIME,
    "08.13.2025": NOT_A_TIME,
    "08.03.2025 24:00:00": NOT_A_TIME,
    "08.03.2025 10:11": NOT_A_TIME,
    "08x03x2025": NOT_A_TIME,
    "08.03.2025\n": NOT_A_TIME,
    "2025-03-08": NOT_A_TIME,
    "2025/03/08 10:11:12": NOT_A_TIME,
    "31.12.1899": RANGE,
    "31.12.1899 23:59:59": RANGE,
    "02.06.2026 12:00:00": "2026-06-02 12:00:00",
    "02.06.2026 12:00:01": FUTURE,
    "31.12.9999": FUTURE,
}
"""`shipped_at`: three fixed formats, at most a day after the file was received."""

EPOCH_MS: dict[str | None, str | None] = {
    None: None,
    "0": "1970-01-01 00:00:00",
    "1741428000123": "2025-03-08 10:00:00.123",
    "-1": "1969-12-31 23:59:59.999",
    "-2208988800000": "1900-01-01 00:00:00",
    "-2208988800001": RANGE,
    "99999999999999": FUTURE,
    "100000000000000": NOT_A_TIME,
    "1741428000.5": NOT_A_TIME,
    "1e12": NOT_A_TIME,
    "+1": NOT_A_TIME,
    "\uff11": NOT_A_TIME,
    "2025-03-08": NOT_A_TIME,
}
"""`delivered_at`: milliseconds since 1970."""

EPOCH_S_OR_ISO: dict[str | None, str | None] = {
    None: None,
    "1741428000": "2025-03-08 10:00:00",
    "2025-03-08": "2025-03-08 00:00:00",
    "2025-03-08T10:00:00+01:00": "2025-03-08 09:00:00",
    "99999999999": FUTURE,
    "1741428000123": NOT_A_TIME,
    "2025-02-29": NOT_A_TIME,
}
"""`returned_at`: seconds since 1970, else ISO."""

INTEGERS: dict[str | None, object] = {
    None: None,
    "": None,
    "0": 0,
    "-0": 0,
    "007": 7,
    "+3": 3,
    "-3": -3,
    " 12 ": 12,
    "1000000000": 10**9,
    "-1000000000": -(10**9),
    "1000000001": RANGE,
    "-1000000001": RANGE,
    "999999999999999999": RANGE,
    "1000000000000000000": NOT_AN_INTEGER,
    "9223372036854775808": NOT_AN_INTEGER,
    "1.0": NOT_AN_INTEGER,
    "1e3": NOT_AN_INTEGER,
    "0x10": NOT_AN_INTEGER,
    "1_000": NOT_AN_INTEGER,
    "1,000": NOT_AN_INTEGER,
    "12\n": NOT_AN_INTEGER,
    "1L": NOT_AN_INTEGER,
    "\uff11\uff12": NOT_AN_INTEGER,
    "\u0663": NOT_AN_INTEGER,
    "-": NOT_AN_INTEGER,
    "- 3": NOT_AN_INTEGER,
    "true": NOT_AN_INTEGER,
    "NULL": NOT_AN_INTEGER,
}
"""`item_count`: a whole number without bounds of its own."""

MONEY: dict[str | None, object] = {
    None: None,
    "0": "0.00",
    "10": "10.00",
    "10.5": "10.50",
    ".5": "0.50",
    "5.": "5.00",
    "+5": "5.00",
    " 7.25 ": "7.25",
    "0.0199999995529651": "0.02",
    "1.005": "1.01",
    "1.004999999999999999999999999999": "1.00",
    "1.0049999999999999999999999999999": NOT_A_NUMBER,
    "2.675": "2.68",
    "-1.005": "-1.01",
    "-0.004": "0.00",
    "0.005": "0.01",
    "-3": "-3.00",
    "1000000000000": "1000000000000.00",
    "999999999999.995": "1000000000000.00",
    "1000000000000.01": RANGE,
    "-1000000000000.01": RANGE,
    "1234567890123456": RANGE,
    "9999999999999999.999": RANGE,
    "12345678901234567": NOT_A_NUMBER,
    "NaN": NOT_A_NUMBER,
    "Infinity": NOT_A_NUMBER,
    "-inf": NOT_A_NUMBER,
    "1e3": NOT_A_NUMBER,
    "1E-2": NOT_A_NUMBER,
    "1d": NOT_A_NUMBER,
    "1.0f": NOT_A_NUMBER,
    "1,50": NOT_A_NUMBER,
    "1'000": NOT_A_NUMBER,
    "$5": NOT_A_NUMBER,
    "5 EUR": NOT_A_NUMBER,
    "\uff11.\uff15": NOT_A_NUMBER,
    "1.5\n": NOT_A_NUMBER,
    ".": NOT_A_NUMBER,
    "+": NOT_A_NUMBER,
    "--5": NOT_A_NUMBER,
    "1.2.3": NOT_A_NUMBER,
}
"""`list_price`: money without bounds of its own."""

BOUNDED: dict[str | None, object] = {
    None: None,
    "0": "0.00",
    "-0.004": "0.00",
    "-0.005": RANGE,
    "99.50": "99.50",
    "99.504": "99.50",
    "99.505": RANGE,
}
"""`cost`: from 0 to 99.50; the bounds hold for the value as it is kept, in cents."""

QUANTITIES: dict[str | None, object] = {
    None: MISSING,
    "0": RANGE,
    "1": 1,
    "1000": 1000,
    "1001": RANGE,
}
"""`quantity`: required, from 1 to 1000."""

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

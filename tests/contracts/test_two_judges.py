"""Predicates judge the text of records, expectations the staged rows: they must count the same."""

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from spark_jobs.contracts.load import load_contract, load_contracts
from spark_jobs.facts.canonical import CANONICAL
from spark_jobs.facts.violations import RecordCode
from spark_jobs.facts.words import Dataset, Kind
from spark_jobs.rules.referee import referee
from spark_jobs.rules.split import ReceivedFile, received_files, split

SHOP = load_contract(Path(__file__).with_name("shop.yaml"))
THELOOK = next(contract for contract in load_contracts() if contract.shape == "thelook")
NOW = datetime(2025, 3, 8, 12, tzinfo=UTC)

TEXTS = ["A1", "A12", "1", "12345", "B1", "A", "a1", "A1x", "A1234567890", "EU", "eu", "P1234", ""]
ODD = ["\uff11\uff12", "A1\n2", "-", "null", "x" * 40, "'", "A1\t", "\u00e9", None]
# Without what a cast of Spark takes and the rules refuse ("1e3", full-width digits): such a record
# is rejected, and its typed value is never staged.
NUMBERS = ["1", "0", "-1", "0.005", "0.5", "1.005", "99.504", "99.505", "99.5", "100", "+2"]
MORE_NUMBERS = [".5", "1.", "NaN", "1,5", "99999999", "100000000", "1000001", "1d", "", None]
ISO = ["2025-03-08", "2025-03-09T12:00:00Z", "2025-03-09T12:00:00.000001Z", "1989-12-31T23:59:59Z"]
MORE_ISO = ["1990-01-01", "2024-02-30", "2023-02-29 10:00:00", "24:00", "now", "2025-03-08T25:00"]
OTHER = ["31.12.1999", "01.01.2000", "30.02.2024", "09.03.2025", "10.03.2025", "1741435200000"]
MORE_OTHER = ["946681199999", "946681200000", "1.1.2024", "99999999999999", "", None]
POOLS = {
    Kind.STRING: TEXTS + ODD,
    Kind.INTEGER: NUMBERS + MORE_NUMBERS,
    Kind.MONEY: NUMBERS + MORE_NUMBERS,
    Kind.DECIMAL: NUMBERS + MORE_NUMBERS,
    Kind.TIMESTAMP: ISO + MORE_ISO + OTHER + MORE_OTHER,
}
SAME = {
    RecordCode.MISSING_VALUE: "expect_column_values_to_not_be_null",
    RecordCode.NOT_AN_INTEGER: "expect_column_values_to_not_be_null",
    RecordCode.NOT_A_NUMBER: "expect_column_values_to_not_be_null",
    RecordCode.NOT_A_TIME: "expect_column_values_to_not_be_null",
    RecordCode.TOO_LONG: "expect_column_value_lengths_to_be_between",
    RecordCode.BAD_PATTERN: "expect_column_values_to_match_regex",
    RecordCode.NOT_ALLOWED: "expect_column_values_to_be_in_set",
    RecordCode.OUT_OF_RANGE: "expect_column_values_to_be_between",
    RecordCode.IN_THE_FUTURE: "expect_column_values_to_be_between",
}


def dirty_rows(engine, rules, seed: int, count: int = 600):
    """Preflighted records whose every value is drawn at random from what people send."""
    draw = random.Random(seed)
    names = [column.name for column in rules.source_columns]
    records = [
        (1, i, i + 1, *(draw.choice(POOLS[column.kind]) for column in rules.source_columns))
        for i in range(1, count + 1)
    ]
    schema = "_file int, _record bigint, _line bigint, "
    return engine.spark.createDataFrame(records, schema + ", ".join(f"{n} string" for n in names))


def counted_by_predicates(rows, rules) -> Counter:
    """Rows by expectation and column, as the violations name them."""
    found = rows.select(F.explode("violations").alias("violation"))
    first_two = F.substring_index("violation", "\t", 2)
    pairs = found.select(
        F.substring_index(first_two, "\t", 1).alias("code"),
        F.substring_index(first_two, "\t", -1).alias("name"),
    )
    counts: Counter = Counter()
    for code, name, count in pairs.groupBy("code", "name").count().collect():
        column = rules.column(name)
        if name not in CANONICAL[rules.dataset]:
            continue
        expectation = SAME[RecordCode(code)]
        if expectation == "expect_column_values_to_not_be_null" and not column.required:
            continue
        suffix = "_after_receipt" if code == RecordCode.IN_THE_FUTURE else ""
        counts[expectation, name + suffix] += count
    return counts


@pytest.mark.parametrize(
    ("contract", "dataset"),
    [
        (THELOOK, Dataset.ORDERS),
        (THELOOK, Dataset.ORDER_ITEMS),
        (THELOOK, Dataset.PRODUCTS),
        (SHOP, Dataset.ORDERS),
        (SHOP, Dataset.ORDER_ITEMS),
    ],
    ids=lambda value: getattr(value, "shape", value),
)
def test_predicates_and_expectations_count_the_same(engine, contract, dataset):
    rules = contract.datasets[dataset]
    raw = dirty_rows(engine, rules, seed=1)
    received = received_files(engine.spark, [ReceivedFile(1, "f" * 64, NOW)])
    rows = split(raw, received, contract, dataset, lake_zone="UTC")
    result = referee(rows, contract, dataset)
    by_expectations = {(f.expectation, f.column): f.unexpected for f in result.broken}
    assert by_expectations == dict(counted_by_predicates(rows, rules))
    assert len(by_expectations) > 3

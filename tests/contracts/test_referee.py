"""The referee on both engines: planted faults in staged rows are found and counted."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from spark_jobs.contracts.load import load_contract, load_contracts
from spark_jobs.contracts.suite import user_expectations
from spark_jobs.facts.canonical import CANONICAL, SQL_TYPES
from spark_jobs.facts.errors import ContractError, FatalError
from spark_jobs.facts.words import Dataset
from spark_jobs.rules.referee import referee
from spark_jobs.rules.referee_docs import write_docs

SHOP = load_contract(Path(__file__).with_name("shop.yaml"))
THELOOK = next(contract for contract in load_contracts() if contract.shape == "thelook")
BASIC = next(contract for contract in load_contracts() if contract.shape == "basic")

NOW = datetime(2025, 3, 8, 12, tzinfo=UTC)
GOOD = {
    Dataset.ORDERS: {
        "order_id": "A1",
        "customer_id": "7",
        "ordered_at": datetime(2025, 3, 8, tzinfo=UTC),
        "status": "delivered",
        "region": "EU",
    },
    Dataset.ORDER_ITEMS: {
        "order_item_id": "A1/1",
        "order_id": "A1",
        "product_id": "P1000",
        "quantity": 1,
        "unit_price": Decimal("99.50"),
    },
}


def staged(engine, dataset: Dataset, *changes: dict):
    """Rows of a dataset, each good but for its changes."""
    names = [*CANONICAL[dataset], "received_at"]
    types = {name: SQL_TYPES[column.kind] for name, column in CANONICAL[dataset].items()}
    schema = ", ".join(f"{name} {types.get(name, 'timestamp')}" for name in names)
    rows = [{**GOOD[dataset], "received_at": NOW, **change} for change in changes]
    return engine.spark.createDataFrame([tuple(r.get(n) for n in names) for r in rows], schema)


def broken(result) -> dict[tuple[str, str], int | None]:
    return {(f.expectation, f.column): f.unexpected for f in result.broken}


def test_good_rows_pass(engine):
    rows = staged(engine, Dataset.ORDERS, {}, {"region": None})
    result = referee(rows, SHOP, Dataset.ORDERS)
    assert result.success
    assert len(result.findings) > len(CANONICAL[Dataset.ORDERS])


def test_no_rows_pass(engine):
    assert referee(staged(engine, Dataset.ORDERS, {}).limit(0), SHOP, Dataset.ORDERS).success


FAULTS: dict[str, tuple[dict, str, str]] = {
    "required": ({"customer_id": None}, "expect_column_values_to_not_be_null", "customer_id"),
    "pattern": ({"order_id": "B1"}, "expect_column_values_to_match_regex", "order_id"),
    "pattern with newline": (
        {"order_id": "A1\n"},
        "expect_column_values_to_match_regex",
        "order_id",
    ),
    "too long": (
        {"order_id": "A123456789"},
        "expect_column_value_lengths_to_be_between",
        "order_id",
    ),
    "too short": ({"order_id": "A"}, "expect_column_value_lengths_to_be_between", "order_id"),
    "too early": (
        {"ordered_at": datetime(1999, 12, 31, 22, 59, 59, tzinfo=UTC)},
        "expect_column_values_to_be_between",
        "ordered_at",
    ),
    "in the future": (
        {"ordered_at": datetime(2025, 3, 9, 12, 0, 0, 1, tzinfo=UTC)},
        "expect_column_values_to_be_between",
        "ordered_at_after_receipt",
    ),
    "not allowed": ({"region": "eu"}, "expect_column_values_to_be_in_set", "region"),
}


def test_every_planted_fault_in_orders_is_counted(engine):
    """One run for all: each fault stands in two rows of its own."""
    changes = [change for change, _, _ in FAULTS.values() for _ in range(2)]
    found = broken(referee(staged(engine, Dataset.ORDERS, {}, *changes), SHOP, Dataset.ORDERS))
    planted = Counter((expectation, column) for _, expectation, column in FAULTS.values())
    planted["expect_column_values_to_match_regex", "order_id"] += 1  # too short: no digit either
    assert found == {fault: 2 * count for fault, count in planted.items()}


def test_the_last_moments_that_are_allowed_pass(engine):
    moments = ["2000-01-01T00:00:00+01:00", "2025-03-09T12:00:00+00:00"]
    changes = [{"ordered_at": datetime.fromisoformat(at)} for at in moments]
    assert referee(staged(engine, Dataset.ORDERS, *changes), SHOP, Dataset.ORDERS).success


def test_a_price_beyond_its_bounds_is_counted(engine):
    prices = [{"unit_price": Decimal(price)} for price in ("-0.01", "0.00", "99.50", "99.51")]
    found = broken(referee(staged(engine, Dataset.ORDER_ITEMS, *prices), SHOP, Dataset.ORDER_ITEMS))
    assert found == {("expect_column_values_to_be_between", "unit_price"): 2}


def test_what_only_warns_does_not_break(engine):
    rows = staged(engine, Dataset.ORDER_ITEMS, {"product_id": "X1"})
    result = referee(rows, SHOP, Dataset.ORDER_ITEMS)
    assert result.success
    assert [(f.column, f.unexpected) for f in result.warnings] == [("product_id", 1)]


def test_an_unknown_status_and_many_nulls_warn(engine):
    rows = staged(engine, Dataset.ORDERS, {}, {"status": "lost", "region": None})
    result = referee(rows, SHOP, Dataset.ORDERS)
    assert result.success
    assert sorted(f.column for f in result.warnings) == ["region", "status"]


def test_a_generated_key_need_not_look_like_the_sources_key(engine):
    rows = staged(engine, Dataset.ORDER_ITEMS, {"order_item_id": "#" + "x" * 100})
    assert referee(rows, BASIC, Dataset.ORDER_ITEMS).success


def test_a_wrong_type_is_told_without_reading_rows(engine):
    rows = staged(engine, Dataset.ORDER_ITEMS, {})
    rows = rows.withColumn("unit_price", rows.unit_price.cast("double"))
    (finding,) = referee(rows, THELOOK, Dataset.ORDER_ITEMS).broken
    assert finding.detail == "double instead of decimal(18,2)"


def test_results_are_stored_without_values_of_rows(engine, tmp_path):
    rows = staged(engine, Dataset.ORDERS, {"region": "secret place"})
    path = referee(rows, SHOP, Dataset.ORDERS).write(tmp_path)
    stored = json.loads(path.read_text())
    assert stored["success"] is False
    assert "secret place" not in path.read_text()


def test_a_users_expectation_is_judged_too(engine, tmp_path):
    path = tmp_path / "orders.json"
    mean = {
        "type": "expect_column_mean_to_be_between",
        "kwargs": {"column": "quantity", "max_value": 2},
        "severity": "critical",
    }
    path.write_text(json.dumps([mean]))
    rows = staged(engine, Dataset.ORDER_ITEMS, {"quantity": 5})
    result = referee(rows, SHOP, Dataset.ORDER_ITEMS, user_expectations(path))
    assert [f.detail for f in result.broken] == ["observed 5.0"]


def test_an_expectation_that_cannot_be_evaluated_is_fatal(sail_engine, tmp_path):
    path = tmp_path / "orders.json"
    kwargs = {"column": "no_such_column"}
    path.write_text(json.dumps([{"type": "expect_column_values_to_not_be_null", "kwargs": kwargs}]))
    rows = staged(sail_engine, Dataset.ORDERS, {})
    with pytest.raises(FatalError, match="could not evaluate"):
        referee(rows, SHOP, Dataset.ORDERS, user_expectations(path))


@pytest.mark.parametrize("text", ["[", '{"type": "x"}', '[{"type": "expect_magic", "kwargs": {}}]'])
def test_a_users_file_that_cannot_be_read_is_told(text, tmp_path):
    path = tmp_path / "orders.json"
    path.write_text(text)
    with pytest.raises(ContractError, match="an expectation cannot be read"):
        user_expectations(path)


def test_data_docs_show_the_broken_column_and_load_nothing(sail_engine, tmp_path):
    rows = staged(sail_engine, Dataset.ORDERS, {"customer_id": None})
    stored = referee(rows, SHOP, Dataset.ORDERS).write(tmp_path)
    html = write_docs(stored, tmp_path / "docs" / "orders.html").read_text()
    assert "customer_id" in html
    assert not re.search(r'src="https?:|<link[^>]*href="https?:', html)

"""What the split says of a record beside its values: findings, keys, provenance."""

from decimal import Decimal
from pathlib import Path

import pytest

from spark_jobs.contracts.load import load_contracts
from spark_jobs.facts.canonical import PROVENANCE
from spark_jobs.facts.violations import RecordCode, WarningCode
from spark_jobs.facts.words import Dataset
from spark_jobs.rules.count import Finding, findings_by_file, records_by_file
from spark_jobs.session import Engine
from tests.rules.received import (
    RECEIVED,
    Record,
    a_product_record,
    a_record,
    an_item_record,
    codes,
    collectable,
    findings,
    judged,
    moment,
)

ORDERS, ITEMS, PRODUCTS = Dataset.ORDERS, Dataset.ORDER_ITEMS, Dataset.PRODUCTS
MISSING, PATTERN = RecordCode.MISSING_VALUE, RecordCode.BAD_PATTERN

Found = list[tuple[str, str]]

BAD_ORDERS: list[tuple[Record, Found]] = [
    (a_record(), []),
    (a_record(order_id="A-1234"), []),
    (a_record(order_id=None), [(MISSING, "order_id")]),
    (a_record(order_id="  "), [(MISSING, "order_id")]),
    (a_record(order_id="A-12345"), [(RecordCode.TOO_LONG, "order_id")]),
    (a_record(order_id="A"), [(RecordCode.TOO_LONG, "order_id")]),
    (a_record(order_id="a-1"), [(PATTERN, "order_id")]),
    (a_record(order_id="A-1\n"), [(PATTERN, "order_id")]),
    (a_record(order_id="A\u0661"), [(PATTERN, "order_id")]),
    (
        a_record(order_id="a-1234567"),
        [(RecordCode.TOO_LONG, "order_id"), (PATTERN, "order_id")],
    ),
    (a_record(customer_id=None), [(MISSING, "customer_id")]),
    (a_record(customer_id="\u00a0"), []),
    (a_record(status=None), [(MISSING, "status")]),
    (a_record(region="EU"), []),
    (a_record(region=" O'Brien "), []),
    (a_record(region="eu"), [(RecordCode.NOT_ALLOWED, "region")]),
    (a_record(score="0.5000004"), []),
    (a_record(score="0.5000005"), [(RecordCode.OUT_OF_RANGE, "score")]),
    (a_record(score="-1.000001"), [(RecordCode.OUT_OF_RANGE, "score")]),
    (a_record(score="x"), [(RecordCode.NOT_A_NUMBER, "score")]),
    (a_record(score="1234567890123"), [(RecordCode.NOT_A_NUMBER, "score")]),
    (
        dict.fromkeys(a_record(), None),
        [(MISSING, c) for c in ("order_id", "customer_id", "ordered_at", "status")],
    ),
]
WARNED_ORDERS: list[tuple[Record, Found]] = [
    (a_record(status="Complete"), []),
    (a_record(status=" PENDING "), []),
    (a_record(status="it is new"), []),
    (a_record(status="lost"), [(WarningCode.UNKNOWN_STATUS, "status")]),
    (a_record(note=None), []),
    (a_record(note="a"), []),
    (a_record(note="bc"), [(WarningCode.QUALITY, "note")]),
    (a_record(note="x"), [(WarningCode.QUALITY, "note"), (WarningCode.QUALITY, "note")]),
    (
        a_record(ordered_at="2025-03-09", shipped_at="08.03.2025"),
        [(WarningCode.TIMES_OUT_OF_ORDER, "shipped_at")],
    ),
    (a_record(ordered_at="2025-03-08", shipped_at="08.03.2025"), []),
    (
        a_record(shipped_at="09.03.2025", delivered_at="1741428000000", returned_at="2025-03-08"),
        [
            (WarningCode.TIMES_OUT_OF_ORDER, "delivered_at"),
            (WarningCode.TIMES_OUT_OF_ORDER, "returned_at"),
        ],
    ),
]


@pytest.mark.parametrize("kind", ["violations", "warnings"])
def test_every_broken_rule_of_a_record_is_told_in_the_order_of_its_columns(
    engine: Engine, tmp_path: Path, kind: str
) -> None:
    cases = BAD_ORDERS if kind == "violations" else WARNED_ORDERS
    rows = judged(engine, tmp_path, ORDERS, [[record for record, _ in cases]])
    shown = collectable(rows).sort("_record").select("violations", "warnings").collect()
    told = [codes(row[kind]) for row in shown]
    assert list(zip(cases, told, strict=True)) == [((r, said), said) for r, said in cases]
    if kind == "warnings":
        assert all(row["violations"] is None for row in shown)


def test_a_message_shows_eighty_characters_of_the_value(engine: Engine, tmp_path: Path) -> None:
    value = "x\ty'\"\n" + "é" * 100
    rows = judged(engine, tmp_path, ORDERS, [[a_record(region=value)]])
    [row] = collectable(rows).select("violations").collect()
    assert findings(row["violations"]) == [(RecordCode.NOT_ALLOWED, "region", value[:80])]


def test_words_become_canonical_and_unknown_ones_stay_in_lower_case(
    engine: Engine, tmp_path: Path
) -> None:
    words = ["Complete", "CANCELED", "it is new", "shipped", "Lost in Post", "ÄRGER"]
    rows = judged(engine, tmp_path, ORDERS, [[a_record(status=word) for word in words]])
    found = rows.sort("_record").select("status", "final_cancelled").collect()
    assert [tuple(row) for row in found] == [
        ("delivered", False),
        ("cancelled", True),
        ("processing", False),
        ("shipped", False),
        ("lost in post", False),
        ("ärger", False),
    ]


def test_provenance_is_never_null_even_where_nothing_was_given(
    engine: Engine, tmp_path: Path
) -> None:
    empty = {ORDERS: a_record(), ITEMS: an_item_record(), PRODUCTS: a_product_record()}
    for dataset, record in empty.items():
        files: list[list[Record]] = [[record, dict.fromkeys(record, None)]]
        rows = judged(engine, tmp_path / dataset, dataset, files)
        missing = " or ".join(f"{name} is null" for name in PROVENANCE)
        assert rows.where(missing).count() == 0
        assert [row["record"] for row in rows.sort("record").select("record").collect()] == [1, 2]


def test_provenance_says_which_version_of_a_row_it_is(engine: Engine, tmp_path: Path) -> None:
    records = [
        a_record(),
        a_record(revision="7", shipped_at="09.03.2025", returned_at="2025-03-08T23:00:00"),
    ]
    rows = judged(engine, tmp_path, ORDERS, [[], records]).sort("_record")
    chosen = rows.select(*PROVENANCE).collect()
    received = RECEIVED.replace(tzinfo=None)
    assert [tuple(row) for row in chosen] == [
        (0, 0, False, moment("1900-01-01"), received, "1" * 64, 1),
        (0, 7, False, moment("2025-03-09"), received, "1" * 64, 2),
    ]


def test_only_shapes_with_life_cycle_times_know_a_final_cancellation(
    engine: Engine, tmp_path: Path
) -> None:
    basic = next(contract for contract in load_contracts() if contract.shape == "basic")
    records = [a_record(status="cancelled")]
    rows = judged(engine, tmp_path, ORDERS, [records], contract=basic)
    assert tuple(rows.select("status", "final_cancelled").collect()[0]) == ("cancelled", False)


def test_computed_prices_are_exact_to_the_cent_before_they_are_multiplied(
    engine: Engine, tmp_path: Path
) -> None:
    records = [
        an_item_record(price="1.005", quantity="3"),
        an_item_record(price="10.00", discount="0.1250"),
        an_item_record(price="10.05", discount="0.5"),
        an_item_record(price="9.99", discount="1", quantity="1000"),
        an_item_record(price="99.504"),
        an_item_record(price="99.505"),
        an_item_record(price="-1"),
        an_item_record(price=None),
        an_item_record(price="x"),
    ]
    rows = collectable(judged(engine, tmp_path, ITEMS, [records]).sort("_record")).collect()
    good = [(str(r["unit_price"]), str(r["total_price"])) for r in rows[:5]]
    assert good == [
        ("1.01", "3.03"),
        ("8.75", "8.75"),
        ("5.03", "5.03"),
        ("0.00", "0.00"),
        ("99.50", "99.50"),
    ]
    assert [codes(row["violations"]) for row in rows] == [[]] * 5 + [
        [(RecordCode.OUT_OF_RANGE, "unit_price")],
        [(RecordCode.OUT_OF_RANGE, "unit_price")],
        [(MISSING, "unit_price")],
        [(RecordCode.NOT_A_NUMBER, "price"), (MISSING, "unit_price")],
    ]


def test_generated_keys_count_every_occurrence_of_a_pair_in_a_file(
    engine: Engine, tmp_path: Path
) -> None:
    def pair(order: str | None, product: str | None, quantity: str = "1") -> Record:
        item = an_item_record(order_id=order, product_id=product, quantity=quantity)
        del item["order_item_id"]
        return item

    first = [pair("1", "P"), pair("1", "P", "bad"), pair("1", "P"), pair("2", "P"), pair("1", "Q")]
    second = [pair("1", "P"), pair("a/b", "c"), pair("a", "b/c"), pair("~1", "/"), pair(None, "P")]
    third = [an_item_record(order_item_id="77"), an_item_record(order_item_id=None)]
    rows = judged(engine, tmp_path, ITEMS, [first, second, third], without_key=[0, 1])
    found = collectable(rows).sort("_file", "_record").collect()
    assert [(row["order_item_id"], codes(row["violations"])) for row in found] == [
        ("#1/P/1", []),
        ("#1/P/2", [(RecordCode.NOT_AN_INTEGER, "quantity")]),
        ("#1/P/3", []),
        ("#2/P/1", []),
        ("#1/Q/1", []),
        ("#1/P/1", []),
        ("#a~1b/c/1", []),
        ("#a/b~1c/1", []),
        ("#~01/~1/1", []),
        ("#/P/1", [(MISSING, "order_id")]),
        ("77", []),
        (None, [(MISSING, "order_item_id")]),
    ]
    assert [row["row_key"] for row in found] == [row["order_item_id"] for row in found]


def test_findings_are_counted_by_file_and_rule_with_the_first_as_example(
    engine: Engine, tmp_path: Path
) -> None:
    first = [
        a_record(),
        a_record(region="\tx\ty"),
        a_record(region="z", status=None),
        a_record(status="lost"),
    ]
    second = [a_record(), a_record(item_count="1.5")]
    folder = tmp_path / "split"
    judged(engine, tmp_path / "raw", ORDERS, [first, second]).write.parquet(str(folder))
    rows = engine.spark.read.parquet(str(folder))
    assert records_by_file(rows) == {0: 4, 1: 2}
    assert findings_by_file(rows, "violations") == {
        0: (
            Finding(RecordCode.NOT_ALLOWED, "region", 2, "\tx\ty", 2),
            Finding(MISSING, "status", 1, "", 3),
        ),
        1: (Finding(RecordCode.NOT_AN_INTEGER, "item_count", 1, "1.5", 2),),
    }
    assert findings_by_file(rows, "warnings") == {
        0: (Finding(WarningCode.UNKNOWN_STATUS, "status", 1, "lost", 4),)
    }


def test_the_split_types_its_rows_as_the_lake_does(engine: Engine, tmp_path: Path) -> None:
    row = judged(engine, tmp_path, ITEMS, [[an_item_record(price="2.50", quantity="2")]])
    found = row.select("quantity", "unit_price", "total_price", "received_at").collect()[0]
    received = RECEIVED.replace(tzinfo=None)
    assert tuple(found) == (2, Decimal("2.50"), Decimal("5.00"), received)
    types = {field.name: field.dataType.simpleString() for field in row.schema.fields}
    assert (types["total_price"], types["unit_price"]) == ("decimal(38,2)", "decimal(18,2)")

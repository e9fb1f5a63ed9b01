"""What planted.json says is what an independent reading of the files finds."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from spark_jobs.facts.violations import FileCode, RecordCode, WarningCode
from spark_jobs.generate import FilePlan, GenerateOptions, Plan, generate

Rows = list[list[str]]
Read = Callable[[Path], Rows]
ShopFiles = Callable[[Plan], list[FilePlan]]
Shop = tuple[Path, Plan]
LONG = 1024 * 1024
FACTS = {
    "thelook": {
        "orders": {
            "required": ("order_id", "user_id", "created_at", "status"),
            "digits": ("order_id", "user_id"),
            "integer": ("num_of_item", 0),
            "time": ("created_at", "shipped_at", "delivered_at", "returned_at"),
            "longest": 20,
        },
        "order_items": {
            "required": ("id", "order_id", "product_id", "sale_price"),
            "digits": ("id", "order_id", "product_id"),
            "money": ("sale_price",),
            "time": ("created_at", "shipped_at", "delivered_at", "returned_at"),
            "longest": 20,
        },
        "products": {
            "required": ("id", "sku", "cost", "category", "retail_price"),
            "digits": ("id",),
            "money": ("cost", "retail_price"),
            "longest": 100,
        },
    },
    "basic": {
        "orders": {
            "required": ("order_id", "customer_id", "order_date", "status"),
            "time": ("order_date",),
            "longest": 64,
        },
        "order_items": {
            "required": ("order_item_id", "order_id", "product_id", "quantity", "price"),
            "integer": ("quantity", 1),
            "money": ("price",),
            "longest": 64,
        },
        "products": {"required": ("product_id",), "money": ("price",), "longest": 1000},
    },
}


def is_money(value: str) -> bool:
    whole, _, cents = value.removeprefix("-").partition(".")
    return (whole + cents).isdigit() and (whole + cents).isascii()


def is_time(value: str) -> bool:
    try:
        return value[:4].isdigit() and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def codes(record: dict[str, str], facts: dict[str, tuple[str, ...]]) -> set[RecordCode]:
    """The codes of a well-formed record, found without the generator's or the rules' code."""
    found = set()
    given = {name: value for name, value in record.items() if value.strip()}
    if any(name not in given for name in facts["required"]):
        found.add(RecordCode.MISSING_VALUE)
    if any(not value.isdigit() for n, value in given.items() if n in facts.get("digits", ())):
        found.add(RecordCode.BAD_PATTERN)
    if any(len(value) > int(facts["longest"]) for value in given.values()):  # type: ignore[call-overload]
        found.add(RecordCode.TOO_LONG)
    for value in (given[n] for n in facts.get("money", ()) if n in given):
        bad = RecordCode.OUT_OF_RANGE if value.startswith("-") else None
        found |= {bad} if is_money(value) and bad else set()
        found |= set() if is_money(value) else {RecordCode.NOT_A_NUMBER}
    if "integer" in facts:
        name, least = facts["integer"]
        value = given.get(name, str(least))
        whole = value.removeprefix("-").isdigit()
        found |= set() if whole else {RecordCode.NOT_AN_INTEGER}
        found |= {RecordCode.OUT_OF_RANGE} if whole and int(value) < int(least) else set()
    for value in (given[n] for n in facts.get("time", ()) if n in given):
        found |= set() if is_time(value) else {RecordCode.NOT_A_TIME}
        found |= {RecordCode.IN_THE_FUTURE} if is_time(value) and value > "2089" else set()
        found |= {RecordCode.OUT_OF_RANGE} if is_time(value) and value < "1990" else set()
    return found


def found_in(path: Path, facts: dict[str, tuple[str, ...]]) -> Counter[str]:
    """Records by the code that rejects them, at most one each."""
    counted: Counter[str] = Counter()
    text = path.read_bytes().decode()
    header, *lines = text.split("\n")[:-1]
    names = header.split(",")
    for line in lines:
        fields = next(csv.reader([line]))
        if "\0" in line:
            found = {RecordCode.NUL_BYTE}
        elif line.startswith('"') and line.split(",")[0][-1] != '"':
            found = {RecordCode.MALFORMED_QUOTING}
        elif any(len(value) > LONG for value in fields):
            found = {RecordCode.FIELD_TOO_LONG}
        elif len(fields) != len(names):
            found = {RecordCode.WRONG_FIELD_COUNT}
        else:
            found = codes(dict(zip(names, fields, strict=True)), facts)
        assert len(found) <= 1, (path, line[:200], found)
        counted.update(code.value for code in found)
    return counted


def test_rejecting_defects_are_counted_exactly(dirty: Shop, shop_files: ShopFiles) -> None:
    out, plan = dirty
    for file in shop_files(plan):
        facts = FACTS[plan.options.shape][file.dataset]
        assert found_in(out / file.path, facts) == Counter(file.rejected), file.path  # type: ignore[arg-type]


def test_records_and_bytes_are_counted_exactly(
    dirty: Shop, shop_files: ShopFiles, read: Read
) -> None:
    out, plan = dirty
    for file in shop_files(plan):
        assert len(read(out / file.path)) - 1 == file.records
        assert (out / file.path).stat().st_size == file.bytes


def test_warnings_are_counted_exactly(dirty: Shop, shop_files: ShopFiles, read: Read) -> None:
    out, plan = dirty
    for file in shop_files(plan):
        header, *rows = read(out / file.path)
        whole = [row for row in rows if len(row) == len(header)]
        repeated = Counter(row[0] for row in whole if row[0])
        copies = sum(n - 1 for n in repeated.values() if n > 1)
        assert copies == file.warnings[WarningCode.DUPLICATE_KEY], file.path
        gone = [row for row in whole if any(v.startswith(("gone-", "80000")) for v in row)]
        expected = (WarningCode.UNKNOWN_ORDER, WarningCode.UNKNOWN_PRODUCT)
        assert len(gone) == sum(file.warnings.get(code, 0) for code in expected)
        odd = [row for row in whole if {"On Hold", "???"} & set(row)]
        assert len(odd) == file.warnings.get(WarningCode.UNKNOWN_STATUS, 0)


def test_every_code_of_a_record_is_planted(tmp_path: Path) -> None:
    planted: set[str] = set()
    for shape in ("thelook", "basic"):
        plan = generate(GenerateOptions(orders=5_000, shape=shape, dirty=0.02), tmp_path / shape)
        planted |= {code for file in plan.files for code in file.rejected}
    # No column of the two bundled shapes has a list of allowed values.
    assert planted == set(RecordCode) - {RecordCode.NOT_ALLOWED}


def test_every_warning_about_records_is_planted(dirty: Shop) -> None:
    _, plan = dirty
    warned = {code for file in plan.files for code in file.warnings}
    times = {WarningCode.TIMES_OUT_OF_ORDER} if plan.options.shape == "thelook" else set()
    assert warned == times | {
        WarningCode.UNKNOWN_STATUS,
        WarningCode.UNKNOWN_ORDER,
        WarningCode.UNKNOWN_PRODUCT,
        WarningCode.DUPLICATE_KEY,
        WarningCode.NO_RECORDS,
    }


def test_planted_json_says_what_the_plan_says(dirty: Shop) -> None:
    out, plan = dirty
    document = json.loads((out / "planted.json").read_text())
    assert document["files"] == [file.as_json() for file in plan.files]
    assert document["options"]["orders"] == 5_000
    on_disk = {p.relative_to(out).as_posix() for p in out.rglob("*.csv")}
    assert {file["path"] for file in document["files"]} == on_disk


def test_a_file_over_the_threshold_is_expected_to_be_rejected(tmp_path: Path) -> None:
    plan = generate(GenerateOptions(orders=2_000, dirty=0.2), tmp_path)
    orders = next(file for file in plan.files if file.path == "orders/orders_part001.csv")
    assert (orders.verdict, orders.file_code) == ("rejected", FileCode.TOO_MANY_BAD_RECORDS)
    assert orders.records is not None
    assert orders.bad_records > 0.05 * orders.records


def test_files_planted_whole_are_what_they_are_called(dirty: Shop, read: Read) -> None:
    out, plan = dirty
    orders = out / "orders"
    header = read(orders / "orders_part001.csv")[0]
    assert gzip.decompress((orders / "x_gzip.csv").read_bytes()).decode().startswith(header[0])
    assert (orders / "x_utf16.csv").read_bytes().decode("utf-16").count("\n") == 14
    assert (orders / "x_semicolon.csv").read_text().split("\n")[0] == ";".join(header)
    again = (orders / "x_semicolon_again.csv").read_bytes()
    assert again == (orders / "x_semicolon.csv").read_bytes()
    assert (orders / "x_empty.csv").read_bytes() == b""
    assert read(orders / "x_header_only.csv") == [header]
    assert len(read(orders / "x_missing_column.csv")[0]) == len(header) - 1
    with pytest.raises(UnicodeDecodeError):
        (orders / "x_latin1.csv").read_text("utf-8")
    assert (out / "order_items" / "x_unclosed.csv").read_text().count('"') == 1
    verdicts = Counter(file.verdict for file in plan.files if "/x_" in file.path)
    assert verdicts == {"accepted": 4, "skipped": 1, "rejected": 6}


def test_without_defects_nothing_is_planted(clean: Shop) -> None:
    out, plan = clean
    assert not (out / "planted.json").exists()
    assert all(file.verdict == "accepted" and not file.warnings for file in plan.files)

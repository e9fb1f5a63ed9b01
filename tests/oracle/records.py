"""One file: read, conformed and judged record by record."""

import csv
import gzip
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.oracle.expression import evaluate
from tests.oracle.shape import LIFECYCLE, MONEY_NAMES, Property, ShapeDataset
from tests.oracle.values import CENT, SIX_DECIMALS, to_integer, to_number, to_time

LOWEST = datetime(1, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
GREATEST = {"integer": 10**9, "money": 10**12, "decimal": 10**11}
UNREADABLE = {
    "integer": "not_an_integer",
    "number": "not_a_number",
    "timestamp": "not_a_time",
    "date": "not_a_time",
}
"""The code of a text that is no value of its kind."""
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class BadRecord:
    """A record that breaks rules.

    Args:
        raw: As received, without the end of its line.
        codes: Of the violations, sorted.
        key: None where it has none.
    """

    raw: str
    codes: tuple[str, ...]
    key: Any = None


@dataclass
class JudgedFile:
    """A file's rows and bad records, these by number; rows are empty where it is rejected."""

    sha256: str
    shape: ShapeDataset | None
    records: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    bad_records: dict[int, BadRecord] = field(default_factory=dict)

    @property
    def bad(self) -> int:
        """How many records are bad."""
        return len(self.bad_records)

    @property
    def rejected(self) -> bool:
        """Whether the share of bad records is too great, or the file is of no known shape."""
        return self.shape is None or self.bad * 100 > self.shape.bad_percent * self.records


def read_records(content: bytes) -> tuple[list[str], list[tuple[list[str], str]]]:
    """Header (trimmed, lower case) and records, each with its text; blank lines are none.

    Malformed quoting, NUL and fields that are too long to be read are beyond it: the preflight's
    own tests know them.
    """
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode("utf-16" if utf16 else "utf-8-sig")
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    (names, _), *records = _with_text(text, delimiter)
    return [name.strip(" ").lower() for name in names], records


def _with_text(text: str, delimiter: str) -> Iterator[tuple[list[str], str]]:
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for fields in csv.reader(lines(), delimiter=delimiter):
        if fields:
            yield fields, "".join(taken).rstrip("\r\n")
        taken.clear()


def judge(
    content: bytes, shapes: list[ShapeDataset], received_at: datetime, lake_zone: str
) -> JudgedFile:
    """Reads a file under the one shape that its header names."""
    sha256 = hashlib.sha256(content).hexdigest()
    header, records = read_records(content)
    fitting = [s for s in shapes if s.needed_columns() <= set(header)]
    if len(fitting) != 1:
        return JudgedFile(sha256, None, records=len(records))
    shape = fitting[0]
    judged = JudgedFile(sha256, shape, records=len(records))
    seen: Counter[tuple[Any, Any]] = Counter()
    generates = shape.generated_key and _source(shape, shape.key) not in header
    for number, (record, raw) in enumerate(records, start=1):
        if len(record) != len(header):
            judged.bad_records[number] = BadRecord(raw, ("wrong_field_count",))
            continue
        given = dict(zip(header, record, strict=True))
        row, codes = _conform(given, shape, received_at, lake_zone, generates)
        if generates:
            pair = (row["order_id"], row["product_id"])
            seen[pair] += 1
            row[shape.key] = ("generated", *pair, seen[pair])
        if codes:
            judged.bad_records[number] = BadRecord(raw, tuple(sorted(codes)), row[shape.key])
            continue
        row["rank"] = _rank(row, shape, received_at, sha256, number)
        judged.rows.append(row)
    if judged.rejected:
        judged.rows = []
    return judged


def _source(shape: ShapeDataset, name: str) -> str:
    source = next(p.source for p in shape.properties if p.name == name)
    assert source is not None
    return source.strip().lower()


def _conform(
    given: dict[str, str],
    shape: ShapeDataset,
    received_at: datetime,
    lake_zone: str,
    generates: bool,
) -> tuple[dict[str, Any], list[str]]:
    """The typed row, and the code of each rule that it breaks."""
    row: dict[str, Any] = {}
    codes: list[str] = []
    unreadable: set[str] = set()
    for item in shape.properties:
        if item.source is None or (generates and item.name == shape.key):
            continue
        text = given.get(item.source.strip().lower(), "").strip(" ")
        row[item.name] = _typed(text, item, shape, lake_zone) if text else None
        if text and row[item.name] is None:
            unreadable.add(item.name)
            codes.append(UNREADABLE[item.kind])
    for item in shape.properties:
        if item.logic is not None:
            row[item.name] = _computed(item, row)
    for item in shape.properties:
        if item.name not in unreadable and not (generates and item.name == shape.key):
            codes += _broken(row[item.name], item, received_at)
    return row, codes


def _typed(text: str, item: Property, shape: ShapeDataset, lake_zone: str) -> Any:
    if item.kind == "integer":
        return to_integer(text)
    if item.kind == "number":
        return to_number(text, CENT if item.name in MONEY_NAMES else SIX_DECIMALS)
    if item.kind in ("timestamp", "date"):
        return to_time(text, item.formats, shape.time_zone, lake_zone)
    return item.words.get(text.lower(), text.lower()) if item.name == "status" else text


def _computed(item: Property, row: dict[str, Any]) -> Any:
    assert item.logic is not None
    value = evaluate(item.logic, row)
    if value is None:
        return None
    if item.kind == "number":
        step = CENT if item.name in MONEY_NAMES else SIX_DECIMALS
        return Decimal(value).quantize(step, rounding=ROUND_HALF_UP)
    if item.name == "status":
        return item.words.get(value.lower(), value.lower())
    return value


def _broken(value: Any, item: Property, received_at: datetime) -> list[str]:
    """The codes of the rules that a value breaks."""
    if value is None:
        return ["missing_value"] if item.required else []
    if isinstance(value, datetime):
        return _broken_by_time(value, item, received_at)
    if isinstance(value, int | Decimal):
        return _broken_by_number(value, item)
    shortest, longest = item.options.get("minLength", 0), item.options.get("maxLength", 10**9)
    codes = [] if shortest <= len(value) <= longest else ["too_long"]
    codes += ["not_allowed"] if item.values and value not in item.values else []
    return codes + ["bad_pattern" for p in item.patterns if not re.search(_whole(p), value)]


def _broken_by_time(value: datetime, item: Property, received_at: datetime) -> list[str]:
    earliest = EARLIEST
    if item.options.get("minimum"):
        earliest = max(earliest, datetime.fromisoformat(item.options["minimum"]))
    beyond = value < earliest
    if item.options.get("maximum"):
        beyond = beyond or value > datetime.fromisoformat(item.options["maximum"])
    codes = ["out_of_range"] if beyond else []
    return codes + (["in_the_future"] if value > received_at + timedelta(days=1) else [])


def _broken_by_number(value: int | Decimal, item: Property) -> list[str]:
    money = "money" if item.name in MONEY_NAMES else "decimal"
    limit = Decimal(GREATEST["integer" if item.kind == "integer" else money])
    low = Decimal(str(item.options.get("minimum", -limit)))
    high = Decimal(str(item.options.get("maximum", limit)))
    return [] if max(-limit, low) <= value <= min(limit, high) else ["out_of_range"]


def _whole(pattern: str) -> str:
    # `$` would accept a newline at the end.
    return re.sub(r"(?<!\\)\$\Z", r"\\Z", pattern)


def _rank(
    row: dict[str, Any], shape: ShapeDataset, received_at: datetime, sha256: str, number: int
) -> tuple[Any, ...]:
    """What decides between two versions of a row: the greater wins."""
    version = row.get(shape.version_column) if shape.version_column else None
    times = [row[name] for name in LIFECYCLE if row.get(name) is not None]
    return (
        0,  # corrections are made by persons, not by files
        -(10**30) if version is None else _version(version),
        shape.lifecycle and row.get("status") == "cancelled",
        max(times, default=LOWEST),
        received_at,
        sha256,
        number,
    )


def _version(value: Any) -> int:
    if isinstance(value, datetime):
        return (value - LOWEST) // timedelta(microseconds=1)
    return int(value)

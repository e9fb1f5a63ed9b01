"""The defects of single records: how a good record is spoilt, and the one code it then earns."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from spark_jobs.facts.violations import RecordCode, WarningCode
from spark_jobs.facts.words import Dataset
from spark_jobs.generate.text import field

LONGEST_FIELD = 1024 * 1024
"""Characters in one field that preflight still accepts (`Limits.max_field_chars`)."""

Record = dict[str, str]
"""A record's fields by column, unquoted."""


@dataclass(frozen=True)
class Defect:
    """One way to spoil a record.

    Args:
        code: What validate must say of the record.
        write: The text that replaces the record, given the good one and a running number.
        adds: Records in that text beyond the one.
        once: Whether it is planted in one record of each dataset only, being large.
    """

    code: RecordCode | WarningCode
    write: Callable[[Record, int], str]
    adds: int = 0
    once: bool = False

    @property
    def rejects(self) -> bool:
        """Whether the record is rejected (else it warns)."""
        return isinstance(self.code, RecordCode)


def record_line(record: Record, delimiter: str = ",") -> str:
    """The record as a line of CSV."""
    return delimiter.join(field(value, delimiter) for value in record.values()) + "\n"


def _set(code: RecordCode | WarningCode, column: str, *values: str) -> Defect:
    """Another value in one column; `{old}` is the old one, `{n}` the running number, 18 digits."""

    def write(record: Record, n: int) -> str:
        value = values[n % len(values)].replace("{old}", record[column]).replace("{n}", f"{n:018d}")
        return record_line({**record, column: value})

    return Defect(code, write)


def _ragged(record: Record, n: int) -> str:
    line = record_line(record)[:-1]
    return line + ",surplus\n" if n % 2 else line[: line.rindex(",")] + "\n"


def _quoted_badly(record: Record, _: int) -> str:
    first, *rest = record_line(record).split(",", 1)
    return ",".join([f'"{first}"x', *rest])


def _with_nul(column: str) -> Callable[[Record, int], str]:
    return lambda record, _: record_line({**record, column: record[column][:1] + "\0bad"})


def _endless(column: str) -> Callable[[Record, int], str]:
    return lambda record, _: record_line({**record, column: "x" * (LONGEST_FIELD + 1)})


def _twice(record: Record, _: int) -> str:
    return record_line(record) * 2


def _delivered_before_shipped(record: Record, _: int) -> str:
    shipped = datetime.fromisoformat(record["created_at"])
    delivered = (shipped - timedelta(days=1)).isoformat()
    return record_line({
        **record,
        "status": "Complete",
        "shipped_at": shipped.isoformat(),
        "delivered_at": delivered,
        "returned_at": "",
    })  # fmt: skip


def _of_every_file(column: str) -> tuple[Defect, ...]:
    return (
        Defect(RecordCode.WRONG_FIELD_COUNT, _ragged),
        Defect(RecordCode.MALFORMED_QUOTING, _quoted_badly),
        Defect(RecordCode.NUL_BYTE, _with_nul(column)),
        Defect(RecordCode.FIELD_TOO_LONG, _endless(column), once=True),
        Defect(WarningCode.DUPLICATE_KEY, _twice, adds=1),
    )


R, W = RecordCode, WarningCode
NOT_NUMBERS = ("n/a", "12,50", "1e3", "NaN", "0x1A", "$9.99")
NOT_TIMES = ("2025-02-30T10:00:00", "yesterday", "2025-13-01T00:00:00", "10:00:00", "31/12/2024")
FAR = "2090-01-01T00:00:00"
"""Where it can be, the last of the times, so that the order of times is not wrong as well."""

THELOOK: dict[Dataset, tuple[Defect, ...]] = {
    Dataset.ORDERS: (
        _set(R.MISSING_VALUE, "user_id", "", "  "),
        _set(R.NOT_A_TIME, "created_at", *NOT_TIMES),
        _set(R.BAD_PATTERN, "order_id", "A{old}", "{old}-1", "{old}x"),
        _set(R.OUT_OF_RANGE, "num_of_item", "-1"),
        _set(R.NOT_AN_INTEGER, "num_of_item", "two", "1.5"),
        _set(R.IN_THE_FUTURE, "returned_at", FAR),
        _set(R.TOO_LONG, "user_id", "9" * 21),
        _set(W.UNKNOWN_STATUS, "status", "On Hold", "???"),
        Defect(W.TIMES_OUT_OF_ORDER, _delivered_before_shipped),
        *_of_every_file("status"),
    ),
    Dataset.ORDER_ITEMS: (
        _set(R.MISSING_VALUE, "sale_price", "", "  "),
        _set(R.NOT_A_NUMBER, "sale_price", *NOT_NUMBERS),
        _set(R.BAD_PATTERN, "product_id", "P{old}"),
        _set(R.OUT_OF_RANGE, "sale_price", "-5.00"),
        _set(R.NOT_A_TIME, "shipped_at", *NOT_TIMES),
        _set(R.IN_THE_FUTURE, "returned_at", FAR),
        _set(R.TOO_LONG, "order_id", "9" * 21),
        _set(W.UNKNOWN_ORDER, "order_id", "8{n}"),
        _set(W.UNKNOWN_PRODUCT, "product_id", "8{n}"),
        *_of_every_file("status"),
    ),
    Dataset.PRODUCTS: (
        _set(R.MISSING_VALUE, "sku", "", "  "),
        _set(R.NOT_A_NUMBER, "cost", *NOT_NUMBERS),
        _set(R.BAD_PATTERN, "id", "P{old}"),
        _set(R.OUT_OF_RANGE, "retail_price", "-1"),
        _set(R.TOO_LONG, "sku", "s" * 101),
        *_of_every_file("name"),
    ),
}

BASIC: dict[Dataset, tuple[Defect, ...]] = {
    Dataset.ORDERS: (
        _set(R.MISSING_VALUE, "customer_id", "", "  "),
        _set(R.NOT_A_TIME, "order_date", *NOT_TIMES),
        _set(R.OUT_OF_RANGE, "order_date", "1989-12-31"),
        _set(R.IN_THE_FUTURE, "order_date", FAR),
        _set(R.TOO_LONG, "customer_id", "c" * 65),
        _set(W.UNKNOWN_STATUS, "status", "On Hold", "???"),
        *_of_every_file("status"),
    ),
    Dataset.ORDER_ITEMS: (
        _set(R.MISSING_VALUE, "quantity", "", "  "),
        _set(R.NOT_A_NUMBER, "price", *NOT_NUMBERS),
        _set(R.NOT_AN_INTEGER, "quantity", "two", "1.5"),
        _set(R.OUT_OF_RANGE, "quantity", "0", "-1"),
        _set(R.TOO_LONG, "product_id", "p" * 65),
        _set(W.UNKNOWN_ORDER, "order_id", "gone-{n}"),
        _set(W.UNKNOWN_PRODUCT, "product_id", "gone-{n}"),
        *_of_every_file("product_id"),
    ),
    Dataset.PRODUCTS: (
        _set(R.MISSING_VALUE, "product_id", "", "  "),
        _set(R.NOT_A_NUMBER, "price", *NOT_NUMBERS),
        _set(R.OUT_OF_RANGE, "price", "-1"),
        _set(R.TOO_LONG, "name", "n" * 1001),
        *_of_every_file("name"),
    ),
}

DEFECTS: dict[str, dict[Dataset, tuple[Defect, ...]]] = {"thelook": THELOOK, "basic": BASIC}

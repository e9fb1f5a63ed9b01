"""What a generated shop is asked to be, and what came out."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from spark_jobs.facts.errors import UsageError

SHAPES = ("thelook", "basic")
ORDERS_A_DAY = 68
MOST_DAYS = 1825
MOST_PRODUCTS = 29_000
ORDERS_A_FILE = 50_000
EARLIEST_YEAR = 1991
"""The bundled contracts take times from 1990 on."""


@dataclass(frozen=True)
class GenerateOptions:
    """The same options give the same bytes.

    Args:
        orders: Orders in all, 1 or more.
        days: Length of the shop's history; None: about 68 orders a day, 14 to 1825 days.
        seed: 0 or more.
        shape: Source shape, `thelook` or `basic`.
        files: Number of order files, and of item files; None: one for every 50,000 orders.
        dirty: Share of records with a planted defect, 0 to 0.5.
        updates: Share of orders that a second batch brings or brings again, 0 to 0.9.
        end: Last day of the history; no time lies after it.
        products: Size of the catalogue; None: 29 for every 125 orders, at most 29,000.

    Raises:
        UsageError: A value is out of its range.
    """

    orders: int
    days: int | None = None
    seed: int = 1
    shape: str = "thelook"
    files: int | None = None
    dirty: float = 0.0
    updates: float = 0.0
    end: date = date(2025, 12, 31)
    products: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be generated, before anything is written."""
        _within("orders", self.orders, 1, 10**11)
        _within("days", self.history_days, 1, 36_500)
        _within("seed", self.seed, 0, 2**63)
        _within("files", self.order_files, 1, min(self.orders, 100_000))
        _within("dirty", self.dirty, 0, 0.5)
        _within("updates", self.updates, 0, 0.9)
        _within("products", self.catalogue_size, 4, 10**8)
        if self.shape not in SHAPES:
            raise UsageError(
                f"no shape is called {self.shape!r}",
                where="shape",
                cure=f"use one of {', '.join(SHAPES)}",
            )
        if self.end.year - self.history_days // 365 < EARLIEST_YEAR:
            raise UsageError(
                f"the history would begin before 1991 (end {self.end}, {self.history_days} days)",
                where="end",
                cure="choose a later end or fewer days",
            )

    @property
    def history_days(self) -> int:
        """Number of days on which orders are placed."""
        if self.days is not None:
            return self.days
        return min(MOST_DAYS, max(14, self.orders // ORDERS_A_DAY))

    @property
    def order_files(self) -> int:
        """Number of order files in the (first) batch."""
        return -(-self.orders // ORDERS_A_FILE) if self.files is None else self.files

    @property
    def catalogue_size(self) -> int:
        """Number of products."""
        if self.products is not None:
            return self.products
        return min(MOST_PRODUCTS, max(20, self.orders * 29 // 125))


@dataclass
class FilePlan:
    """What one file holds.

    Args:
        path: Relative to the folder generated into, with `/`.
        records: Records, bad ones included, header not; None where the file cannot be read to
            its end, so that nobody can say.
        bytes: Size of the file.
        verdict: What validate must say of it: accepted, partial, rejected or skipped.
        rejected: Planted records by the code that rejects them.
        warnings: Planted records by the code of their warning.
        file_code: Why the file as a whole is rejected, or None.
    """

    path: str
    dataset: str
    records: int | None = 0
    bytes: int = 0
    verdict: str = "accepted"
    rejected: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    file_code: str | None = None
    note: str = ""

    def passed(self, records: int) -> None:
        """Count further records."""
        self.records = (self.records or 0) + records

    @property
    def bad_records(self) -> int:
        """Records with a planted defect that rejects them."""
        return sum(self.rejected.values())

    def as_json(self) -> dict[str, Any]:
        """The entry of this file in `planted.json`."""
        return {
            "path": self.path,
            "dataset": self.dataset,
            "records": self.records,
            "bytes": self.bytes,
            "verdict": self.verdict,
            "file_code": self.file_code,
            "rejected": dict(sorted(self.rejected.items())),
            "warnings": dict(sorted(self.warnings.items())),
            "note": self.note,
        }


@dataclass(frozen=True)
class Plan:
    """What was generated: the options and every file."""

    options: GenerateOptions
    files: tuple[FilePlan, ...]

    @property
    def records(self) -> int:
        """Records in all files that can be read to their end."""
        return sum(file.records or 0 for file in self.files)

    @property
    def bytes(self) -> int:
        """Bytes in all files."""
        return sum(file.bytes for file in self.files)


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(
            f"{name} is {value}", where=name, cure=f"choose a value from {least:g} to {most:g}"
        )

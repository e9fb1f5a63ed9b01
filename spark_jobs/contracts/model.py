"""A contract as the jobs use it: plain data, read without an engine."""

from dataclasses import dataclass, field
from decimal import Decimal

from spark_jobs.contracts.expressions import Expression
from spark_jobs.facts.words import Dataset, Kind, Severity


@dataclass(frozen=True)
class Bounds:
    """Limits of a value, each inclusive; None where there is none. Lengths in characters."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True)
class Check:
    """A further rule of a column: allowed values or a pattern (the *good* case)."""

    severity: Severity
    values: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Share:
    """A bound on the share of NULLs, in percent; told when exceeded."""

    maximum_percent: Decimal


@dataclass(frozen=True)
class Column:
    """One property of a dataset.

    Args:
        name: Canonical name, or a name of its own for a helper that expressions use.
        source: Name in the header, or None where `logic` computes the value.
        formats: Formats of a timestamp, tried in order: `iso`, `epoch_s`, `epoch_ms`,
            or letters of fixed width such as `dd.MM.yyyy HH:mm:ss`.
        logic: Expression over other columns (ODCS `transformLogic`).
        words: Canonical word for each lower-case word of the source (statuses).
        personal: Whether alerts and logs mask the value.
        line: Where it stands in the contract's file.
    """

    name: str
    kind: Kind
    source: str | None = None
    required: bool = False
    formats: tuple[str, ...] = ()
    bounds: Bounds = Bounds()
    checks: tuple[Check, ...] = ()
    null_share: Share | None = None
    logic: Expression | None = None
    words: dict[str, str] = field(default_factory=dict)
    personal: bool = False
    description: str = ""
    line: int = 0


@dataclass(frozen=True)
class DatasetContract:
    """The columns of one dataset in one source shape.

    Args:
        generated_key: Whether the key may be made of order, product and n-th occurrence where
            its column is missing (order items only).
        version_column: Name of the column whose greater value wins, or None.
        bad_records_percent: A file with a greater share of bad records is rejected.
    """

    dataset: Dataset
    columns: tuple[Column, ...]
    generated_key: bool = False
    version_column: str | None = None
    bad_records_percent: Decimal = Decimal(5)
    description: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def source_columns(self) -> tuple[Column, ...]:
        """The columns that are read from the file."""
        return tuple(column for column in self.columns if column.source is not None)

    @property
    def required_sources(self) -> tuple[Column, ...]:
        """The columns without which a file is rejected."""
        return tuple(column for column in self.source_columns if column.required)


@dataclass(frozen=True)
class Contract:
    """The facts about one source shape.

    Args:
        shape: Its name (the contract's `id`).
        time_zone: IANA zone of timestamps that name none.
        encoding: Encoding of the files; UTF-8 also accepts byte-order marks of UTF-16.
        origin: The file it was read from.
    """

    shape: str
    version: str
    datasets: dict[Dataset, DatasetContract]
    time_zone: str = "UTC"
    encoding: str = "utf-8"
    origin: str = ""
    description: str = ""

    @property
    def lifecycle(self) -> bool:
        """Whether any dataset carries shipped, delivered or returned times."""
        names = {"shipped_at", "delivered_at", "returned_at"}
        return any(names & {c.name for c in d.columns} for d in self.datasets.values())


def normalise_header(name: str) -> str:
    """The form in which names of columns are compared: without blanks around, in lower case."""
    return name.strip().lower()

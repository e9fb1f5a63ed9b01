"""What was measured beside what was aimed at, as rows of a table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """A bound on a figure.

    Args:
        limit: The bound itself is good.
        at_least: Whether the figure must not be smaller; else it must not be larger.
    """

    limit: float
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        """Whether the value keeps the bound."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.limit:,g}"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: What was measured.
        seconds: Wall time, start of the process to its end (or to the moment named).
        cpu: Processor seconds, user and system: what stays true on a machine that is shared.
        peak_mb: Most memory held, in MB.
        figure: What the target is about: a ratio, seconds or MB.
        unit: Of the figure, `x DuckDB`.
        target: None: told for comparison only.
        note: Why there is no figure, or what it leaves out.
    """

    what: str
    seconds: float | None = None
    cpu: float | None = None
    peak_mb: float | None = None
    figure: float | None = None
    unit: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is no target or no figure."""
        if self.target is None or self.figure is None:
            return None
        return self.target.met_by(self.figure)

    def as_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return {**asdict(self), "met": self.met}


def ratio(ours: float, theirs: float, *, without: float = 0.0, both: bool = False) -> float:
    """How many times `theirs` ours is.

    Args:
        ours: Seconds.
        theirs: Seconds.
        without: Seconds that do not count (the import of Great Expectations) in ours.
        both: Whether they do not count in theirs either, for theirs have them as well.

    Raises:
        ValueError: Nothing is left of one of the times.
    """
    left, right = ours - without, theirs - (without if both else 0.0)
    if left <= 0 or right <= 0:
        raise ValueError(f"{ours:.2f} s and {theirs:.2f} s, less {without:.2f} s: nothing is left")
    return left / right


def middle(values: Sequence[float]) -> int:
    """The position of the median; of an even number the lower of the two in the middle."""
    order = sorted(range(len(values)), key=values.__getitem__)
    return order[(len(order) - 1) // 2]


HEADINGS = ("what", "seconds", "cpu s", "peak MB", "figure", "target", "met")


def table(rows: Sequence[Row]) -> str:
    """The rows as text in columns: words to the left, numbers to the right; notes below."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [_line(line, widths) for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"- {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: ""}[row.met]
    figure = "" if row.figure is None else f"{row.figure:,.2f} {row.unit}".rstrip()
    return (
        row.what,
        "" if row.seconds is None else f"{row.seconds:,.1f}",
        "" if row.cpu is None else f"{row.cpu:,.1f}",
        "" if row.peak_mb is None else f"{row.peak_mb:,.0f}",
        figure,
        "" if row.target is None else str(row.target),
        met,
    )


_TO_THE_RIGHT = {1, 2, 3}


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = [
        cell.rjust(width) if column in _TO_THE_RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(parts).rstrip()

"""Rows to standard output as table, CSV or JSON; the last two as a stream of any length."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from spark_jobs.cli.console import harmless, in_utf8, out, tell
from spark_jobs.cli.options import Format
from spark_jobs.cli.values import as_json, as_text

if TYPE_CHECKING:
    from rich.table import Table

GAP = 2
"""Blanks between the columns of a table."""
ROWS_OF_A_TABLE = 1000
"""More rows are for CSV or JSON: nobody reads them on a screen."""


def write_rows(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    output: Format,
    *,
    title: str = "",
) -> int:
    """Writes the rows and returns how many there were (were read, for a table).

    Args:
        columns: Names, in the order of the values.
        rows: Read only as far as needed.
        title: Above the table; the other formats leave it out.
    """
    if output is Format.CSV:
        return _csv(columns, rows)
    if output is Format.JSON:
        return _json(columns, rows)
    return _table(columns, iter(rows), title)


def write_json(document: object) -> None:
    """Writes one JSON document, indented."""
    in_utf8()
    sys.stdout.write(as_json(document, indent=2) + "\n")


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    in_utf8()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow([as_text(value) for value in row])
        number += 1
    return number


def _json(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    in_utf8()
    number = 0
    for number, row in enumerate(rows, 1):
        sys.stdout.write("[\n  " if number == 1 else ",\n  ")
        sys.stdout.write(as_json(dict(zip(columns, row, strict=True))))
    sys.stdout.write("\n]\n" if number else "[]\n")
    return number


def _table(columns: Sequence[str], rows: Iterator[Sequence[object]], title: str) -> int:
    shown = list(islice(rows, ROWS_OF_A_TABLE))
    out().print(as_table(columns, shown, title))
    if next(rows, None) is not None:
        tell(f"the first {ROWS_OF_A_TABLE:,} rows; --format csv gives all")
    return len(shown)


def as_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> object:
    """The rows as a table for a console; numbers stand to the right and are never folded."""
    from rich.text import Text

    table = plain_table(title)
    cells = [[harmless(_shown(value)) for value in row] for row in rows]
    widths = [
        max(len(name), *(len(row[place]) for row in cells), 0) for place, name in enumerate(columns)
    ]
    narrow = sum(widths) + GAP * len(columns) > out().width
    for place, name in enumerate(columns):
        first = next((row[place] for row in rows if row[place] is not None), None)
        number = _is_number(first)
        table.add_column(
            Text(name.replace("_", "_\n") if narrow else name),
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=number or isinstance(first, date),
            style="" if place else "cyan",
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    return table


def plain_table(title: str = "", *, footer: bool = False) -> Table:
    """An empty table in the one style that all have."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        show_footer=footer,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return as_text(value)
    if isinstance(value, int | Decimal):
        return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return as_text(value)

"""Whether two KPI tables say the same, to the last digit."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import zip_longest


def difference(ours: Iterable[str], peers: Iterable[str]) -> str | None:
    """The first difference of two tables as lines of CSV, or None where there is none.

    Values are compared as numbers where they are numbers, so that 0.5 equals 0.5000. Both sides
    must be sorted alike and have the same columns in the same order. Neither is kept in memory.
    """
    for number, (our, their) in enumerate(zip_longest(_rows(ours), _rows(peers)), 1):
        if our != their:
            return f"row {number}: ours {_shown(our)}, the peer's {_shown(their)}"
    return None


def _rows(lines: Iterable[str]) -> Iterator[list[str | Decimal]]:
    for row in csv.reader(lines):
        yield [_value(text) for text in row]


def _value(text: str) -> str | Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _shown(row: list[str | Decimal] | None) -> str:
    return "ends" if row is None else ",".join(map(str, row))

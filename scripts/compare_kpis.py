"""Compare a lake's KPI tables with expected ones: compare_kpis.py EXPECTED.csv < FOUND.csv.

EXPECTED is `expected_order_kpis.csv` or `expected_category_kpis.csv` of the exercise; FOUND is what
`orders kpis daily` or `orders kpis category` prints with `--format csv`. Standard library only.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

KEYS = ("category", "order_date")
RENAMED = {"return_rate": "return_rate_orders", "avg_return_rate": "avg_return_rate_orders"}
"""Our columns whose definition bears another name in the expected files."""

Row = dict[str, str]


def by_key(lines: Iterable[str]) -> dict[tuple[str, ...], Row]:
    """The rows of a CSV table by category and day."""
    return {tuple(row.get(key, "") for key in KEYS): row for row in csv.DictReader(lines)}


def differences(
    expected: dict[tuple[str, ...], Row], found: dict[tuple[str, ...], Row]
) -> list[str]:
    """A line for each row that one side lacks, and for each number that differs."""
    told = [f"{key}: missing" for key in expected.keys() - found.keys()]
    told += [f"{key}: not expected" for key in found.keys() - expected.keys()]
    for key in sorted(expected.keys() & found.keys()):
        for name, value in found[key].items():
            wanted = expected[key].get(RENAMED.get(name, name))
            if name not in KEYS and wanted is not None and Decimal(value) != Decimal(wanted):
                told.append(f"{key}: {name} is {value}, expected {wanted}")
    return told


def main() -> int:
    """0 when the tables agree, else 1."""
    path = Path(sys.argv[1])
    with path.open(encoding="utf-8", newline="") as file:
        expected = by_key(file)
    found = by_key(sys.stdin)
    told = differences(expected, found)
    print("\n".join(told[:20]) or f"{path.name}: {len(found)} rows, all as expected")
    return 1 if told or not found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs one of the SQL scripts in `ways/` over deliveries: `script.py WAY DATABASE BATCH...`.

With COMPARE_KILL set, the process kills itself at the line `-- KILLED HERE`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import duckdb

WAYS = Path(__file__).parent / "ways"
KILL_VARIABLE = "COMPARE_KILL"


def script_of(way: str, batches: list[str]) -> tuple[str, str]:
    """The script before and after the moment of the kill; the last of `batches` is new."""
    files = {
        f"{{{scope}_{short}}}": str([f"{batch}/{dataset}/*.csv" for batch in folders])
        for scope, folders in (("batch", batches[-1:]), ("all", batches))
        for short, dataset in (("orders", "orders"), ("items", "order_items"))
    }
    text = (WAYS / f"{way}.sql").read_text(encoding="utf-8")
    for name, value in files.items():
        text = text.replace(name, value)
    before, _, after = text.partition("-- KILLED HERE")
    return before, after


def main(way: str, database: str, *batches: str) -> int:
    """Runs the script; 1 with DuckDB's own words where it stops."""
    before, after = script_of(way, list(batches))
    with duckdb.connect(database) as connection:
        try:
            connection.execute(before)
            if os.environ.get(KILL_VARIABLE):
                os.kill(os.getpid(), signal.SIGKILL)
            connection.execute(after)
        except duckdb.Error as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""`--received-at`: when files were received, told by a person instead of the clock."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from spark_jobs.facts.errors import UsageError

HEADER = ["path", "received_at"]
FLAG = "--received-at"


def read_received_at(text: str | None) -> datetime | dict[str, datetime] | None:
    """One time for all files, or the time of each by its path below the landing folder.

    Args:
        text: An ISO time (UTC where it names no zone), or the name of a CSV file with the header
            `path,received_at`; None stays None.

    Raises:
        UsageError: Neither a time nor such a file.
    """
    if text is None:
        return None
    path = Path(text)
    return _from_file(path) if path.is_file() else _moment(text, FLAG)


def _from_file(path: Path) -> dict[str, datetime]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = [name.strip().lower() for name in next(rows, [])]
        if header != HEADER:
            cure = f"begin it with {','.join(HEADER)}"
            raise UsageError(f"its header is {','.join(header)!r}", where=str(path), cure=cure)
        times: dict[str, datetime] = {}
        for row in filter(None, rows):
            where = f"{path}:{rows.line_num}"
            if len(row) != len(HEADER):
                cure = "write path,received_at; quote a path that has a comma"
                raise UsageError(f"{len(row)} fields instead of 2", where=where, cure=cure)
            times[row[0].strip()] = _moment(row[1], where)
    return times


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        cure = "write it as 2025-03-08T10:00:00Z, or name a CSV file of path,received_at"
        raise UsageError(
            f"{text!r} is neither a time nor a file", where=where, cure=cure
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

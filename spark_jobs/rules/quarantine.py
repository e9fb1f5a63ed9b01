"""Quarantine: every rejected record with its raw text and all its violations.

Streams the bad rows of the split and the malformed records of the preflight, file by file, and
fetches each record's text from the file as it was received. Bounded by the share of bad records
that a contract tolerates: a file with more is rejected whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from spark_jobs.facts.errors import FatalError
from spark_jobs.preflight.model import FileReport
from spark_jobs.rules.count import Finding
from spark_jobs.rules.messages import violation_text

SCHEMA = pa.schema(
    [
        ("batch_id", pa.string()),
        ("dataset", pa.string()),
        ("shape", pa.string()),
        ("file", pa.string()),
        ("file_sha256", pa.string()),
        ("record", pa.int64()),
        ("line", pa.int64()),
        ("row_key", pa.string()),
        ("raw", pa.string()),
        ("violations", pa.list_(pa.string())),
        ("quarantined_at", pa.timestamp("us", tz="UTC")),
    ]
)

_BAD_ROWS = pa.schema(
    [
        ("_file", pa.int32()),
        ("_record", pa.int64()),
        ("row_key", pa.string()),
        ("violations", pa.list_(pa.string())),
    ]
)
"""Asked for by name: Sail marks its text as views, which pyarrow cannot filter."""

RawRecords = Callable[[FileReport, Sequence[int]], Iterator[tuple[int, int, str]]]
"""Gives (record number, first physical line, raw text) for the wanted records of a file."""


@dataclass(frozen=True)
class BadRow:
    """A record that the split rejected."""

    record: int
    row_key: str | None
    violations: list[str]


def write_quarantine(
    path: Path,
    batch_id: str,
    reports: Sequence[FileReport],
    bad_rows: Callable[[FileReport], Sequence[BadRow]],
    malformed: Callable[[FileReport], Sequence[dict[str, Any]]],
    raw_records: RawRecords,
    quarantined_at: datetime,
) -> int:
    """Writes the quarantine of the files given; returns its number of records.

    Args:
        bad_rows: The rows that the split rejected in a file.
        malformed: The records that the preflight could not read, with `_record`, `_line`, `raw`,
            `code` and `message`.
    """
    written = 0
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for report in reports:
            rows = _malformed(malformed(report)) + _with_raw(report, bad_rows(report), raw_records)
            rows.sort(key=lambda row: row["record"])
            for row in rows:
                row |= {
                    "batch_id": batch_id,
                    "dataset": str(report.dataset),
                    "shape": report.shape,
                    "file": report.name,
                    "file_sha256": report.sha256,
                    "quarantined_at": quarantined_at,
                }
            writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
            written += len(rows)
    return written


def read_bad_rows(folders: Sequence[Path], index: int) -> list[BadRow]:
    """The bad rows of one file from the split's Parquet, by record."""
    columns = ["_record", "row_key", "violations"]
    rows: list[BadRow] = []
    for folder in folders:
        if folder.is_dir():
            table = ds.dataset(folder, schema=_BAD_ROWS, format="parquet").to_table(
                columns=columns, filter=ds.field("_file") == index
            )
            rows += [
                BadRow(row["_record"], row["row_key"], row["violations"])
                for row in table.to_pylist()
            ]
    return sorted(rows, key=lambda row: row.record)


def read_malformed(folder: Path, index: int) -> list[dict[str, Any]]:
    """The malformed records of one file, as the preflight left them."""
    path = folder / "malformed" / f"f{index}.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.is_file() else []
    return rows


def malformed_findings(folder: Path, index: int) -> tuple[Finding, ...]:
    """The malformed records of one file by code, with the first of each as the example."""
    path = folder / "malformed" / f"f{index}.parquet"
    if not path.is_file():
        return ()
    table = pq.read_table(path, columns=["code", "message", "_record"]).sort_by("_record")
    counted = table.group_by("code", use_threads=False).aggregate(
        [("_record", "count"), ("message", "first"), ("_record", "first")]
    )
    return tuple(
        Finding(row["code"], "", row["_record_count"], row["message_first"], row["_record_first"])
        for row in counted.to_pylist()
    )


def _malformed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "record": row["_record"],
            "line": row["_line"],
            "row_key": None,
            "raw": row["raw"],
            "violations": [f"{row['code']}: {row['message']}"],
        }
        for row in rows
    ]


def _with_raw(
    report: FileReport, bad: Sequence[BadRow], raw_records: RawRecords
) -> list[dict[str, Any]]:
    by_record = {row.record: row for row in bad}
    if not by_record:
        return []
    rows = []
    for record, line, raw in raw_records(report, sorted(by_record)):
        row = by_record.pop(record)
        rows.append(
            {
                "record": record,
                "line": line,
                "row_key": row.row_key,
                "raw": raw,
                "violations": [violation_text(finding) for finding in row.violations],
            }
        )
    if by_record:
        raise FatalError(
            f"records {sorted(by_record)[:5]} were not found again in the file",
            where=report.name,
            cure="the file changed while the batch ran: send it again",
        )
    return rows

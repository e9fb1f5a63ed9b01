"""Closing a batch: one conditional write wins, then files are claimed and the manifest written.

Every step may be repeated by anybody (`resume`): what died between two of them is finished later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from spark_jobs.batch.files import batch_key, claim, files_of, manifest_file, waiting_files
from spark_jobs.batch.manifest import write_manifest
from spark_jobs.batch.table import Absent, Is, Key, Put, Row, StateTable, Update
from spark_jobs.facts.aws import BatchState, ClosedBy

GATE = Key("gate", "gate")


@dataclass(frozen=True)
class Threshold:
    """When what waits becomes a batch.

    Args:
        files: Least number of files by dataset; 0: not needed.
        most_bytes: A batch is closed when as much waits, and takes no more (but one file).
        most_files: A batch takes no more files.
        deadline_seconds: After the first file came, the batch is closed without the others.
    """

    files: Mapping[str, int] = field(default_factory=dict)
    most_bytes: int = 20 * 2**30
    most_files: int = 1000
    deadline_seconds: int = 900

    def reached(self, waiting: Sequence[Row], now: datetime) -> ClosedBy | None:
        """Why these rows are to be a batch now, or None."""
        if not waiting:
            return None
        there = Counter(row["dataset"] for row in waiting)
        if any(self.files.values()) and all(there[d] >= n for d, n in self.files.items()):
            return ClosedBy.THRESHOLD
        if sum(row["size"] for row in waiting) >= self.most_bytes:
            return ClosedBy.SIZE
        if len(waiting) >= self.most_files:
            return ClosedBy.SIZE
        first = min(datetime.fromisoformat(row["noted_at"]) for row in waiting)
        if (now - first).total_seconds() >= self.deadline_seconds:
            return ClosedBy.DEADLINE
        return None

    def taken(self, waiting: Sequence[Row]) -> list[Row]:
        """Those of the rows, oldest first, that fit into one batch."""
        rows: list[Row] = []
        size = 0
        for row in waiting[: self.most_files]:
            if rows and size + row["size"] > self.most_bytes:
                break
            rows.append(row)
            size += row["size"]
        return rows


def close(
    table: StateTable, s3: Any, lake_bucket: str, threshold: Threshold, *, requested: bool = False
) -> str | None:
    """Closes a batch where the threshold is reached, or on request.

    Returns:
        The batch that waits for its turn now; None where nothing was closed by this call.
    """
    why = threshold.reached(waiting := waiting_files(table), now := datetime.now(UTC))
    if why is None and requested and waiting:
        why = ClosedBy.REQUEST
    batch_id = _begin(table, why, now) if why else None
    if why is None or batch_id is None:
        return None
    _fill(table, batch_id, threshold, why)
    return _seal(table, s3, lake_bucket, batch_id)


def resume(table: StateTable, s3: Any, lake_bucket: str, threshold: Threshold) -> str | None:
    """Finishes a closing that died; None where none is under way, or it came to nothing."""
    batch_id = (table.get(GATE) or {}).get("closing")
    batch = table.get(batch_key(batch_id)) if batch_id else None
    if batch_id is None or batch is None:
        return None
    if not any(True for _ in files_of(table, batch_id)):
        _fill(table, batch_id, threshold, ClosedBy(batch["closed_by"]))
    return _seal(table, s3, lake_bucket, batch_id)


def _fill(table: StateTable, batch_id: str, threshold: Threshold, why: ClosedBy) -> None:
    """Claims what waits now: while we won the closing, another batch may have taken what waited."""
    waiting = waiting_files(table)
    if why == ClosedBy.REQUEST or threshold.reached(waiting, datetime.now(UTC)):
        claim(table, batch_id, threshold.taken(waiting))


def _begin(table: StateTable, why: ClosedBy, now: datetime) -> str | None:
    """The id of a new batch, whose closing is ours; None where another closing is under way."""
    gate = table.get(GATE) or {}
    if "closing" in gate:
        return None
    before = gate.get("sequence")
    number = (before or 0) + 1
    batch_id = f"{now:%Y%m%dT%H%M%SZ}-{number:06}"
    row = {
        "pk": batch_key(batch_id).pk,
        "sk": batch_id,
        "state": BatchState.CLOSING,
        "waiting": batch_id,
        "opened_at": now.isoformat(timespec="seconds"),
        "closed_by": why,
        "run": 0,
    }
    unchanged = Absent("sequence") if before is None else Is("sequence", before)
    refused = table.transact(
        Update(
            GATE,
            set={"sequence": number, "closing": batch_id},
            when=[unchanged, Absent("closing")],
        ),
        Put(row, [Absent("pk")]),
    )
    return None if refused else batch_id


def _seal(table: StateTable, s3: Any, lake_bucket: str, batch_id: str) -> str | None:
    """From claimed rows to a manifest; None where no file was claimed.

    Once sealed, nothing can be claimed for the batch any more: the manifest is complete.
    """
    key = batch_key(batch_id)
    table.write(
        Update(key, set={"state": BatchState.SEALED}, when=[Is("state", BatchState.CLOSING)])
    )
    claimed = sorted(files_of(table, batch_id), key=lambda row: (row["received_at"], row["sk"]))
    released = Update(GATE, remove=["closing"], when=[Is("closing", batch_id)])
    sealed = [Is("state", BatchState.SEALED)]
    if not claimed:
        empty = Update(key, set={"state": BatchState.EMPTY}, remove=["waiting"], when=sealed)
        table.transact(empty, released)
        return None
    files = [manifest_file(row) for row in claimed]
    address, manifest = write_manifest(s3, lake_bucket, batch_id, files)
    totals = {"manifest": address, "files": len(manifest.files), "bytes": manifest.size}
    ready = Update(key, set={"state": BatchState.WAITING, **totals}, when=sealed)
    table.transact(ready, released)
    return batch_id

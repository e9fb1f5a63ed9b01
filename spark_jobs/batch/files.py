"""File rows: each version of an object in landing is noted once and belongs to one batch."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from spark_jobs.batch.manifest import ManifestFile
from spark_jobs.batch.table import Absent, Check, Is, Key, Put, Row, StateTable, Update, key_of
from spark_jobs.facts.aws import BatchState, FileState

FILE, BATCH = "file", "batch"
KEPT_SECONDS = 90 * 24 * 3600
"""How long a row outlives its file: longer than any queue keeps a message."""
_CLAIMS = 25


def file_key(bucket: str, key: str, version_id: str) -> Key:
    """The key of a file version's row: a digest, for object keys come from outside."""
    identity = json.dumps([bucket, key, version_id], ensure_ascii=False)
    return Key(FILE, hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest())


def batch_key(batch_id: str) -> Key:
    """The key of a batch's row."""
    return Key(BATCH, batch_id)


def register(table: StateTable, file: ManifestFile) -> bool:
    """Notes a version that waits for a batch; False where it is noted already."""
    key = file_key(file.bucket, file.key, file.version_id)
    row = _row(key, file) | {
        "state": FileState.WAITING,
        "waiting": f"{file.received_at}#{key.sk}",
    }
    return table.write(Put(row, [Absent("pk")])) is not None


def refuse(table: StateTable, file: ManifestFile, reason: str) -> bool:
    """Notes a version that cannot belong to any batch; False where it is noted already."""
    row = _row(file_key(file.bucket, file.key, file.version_id), file) | {
        "state": FileState.REFUSED,
        "reason": reason,
        "waiting": "refused",
    }
    return table.write(Put(row, [Absent("pk")])) is not None


def waiting_files(table: StateTable) -> list[Row]:
    """The rows that wait for a batch, oldest first."""
    return [row for row in table.waiting(FILE) if row["state"] == FileState.WAITING]


def refused_files(table: StateTable) -> list[Row]:
    """The refused rows that are not in the archive yet."""
    return [row for row in table.waiting(FILE) if row["state"] == FileState.REFUSED]


def files_of(table: StateTable, batch_id: str) -> Iterator[Row]:
    """The rows that a batch has claimed."""
    return table.of_batch(FILE, batch_id)


def claim(table: StateTable, batch_id: str, rows: Sequence[Row]) -> bool:
    """Claims waiting rows for a closing batch; rows that another one has are left to it.

    Returns:
        Whether the batch was closing all the while.
    """
    for start in range(0, len(rows), _CLAIMS):
        some = list(rows[start : start + _CLAIMS])
        while some:
            closing = Check(batch_key(batch_id), [Is("state", BatchState.CLOSING)])
            refused = table.transact(closing, *(_claim(row, batch_id) for row in some))
            if 0 in refused:
                return False
            if not refused:
                break
            some = [row for i, row in enumerate(some, start=1) if i not in refused]
    return True


def archived(table: StateTable, key: Key, target: str) -> None:
    """Notes that a version lies in the archive; its row expires after KEPT_SECONDS."""
    _left(table, key, {"state": FileState.ARCHIVED, "archived_to": target})


def gone(table: StateTable, key: Key, reason: str) -> None:
    """Notes that a version was removed by somebody else before it could be archived."""
    _left(table, key, {"state": FileState.GONE, "reason": reason})


def _left(table: StateTable, key: Key, said: Row) -> None:
    changes = {**said, "expires_at": int(time.time()) + KEPT_SECONDS}
    table.write(Update(key, set=changes, remove=["waiting"], when=[Is("pk", FILE)]))


def manifest_file(row: Row) -> ManifestFile:
    """A row as an entry of the manifest."""
    names = ("bucket", "key", "version_id", "etag", "size", "received_at", "dataset")
    return ManifestFile(**{name: row[name] for name in names})


def _claim(row: Row, batch_id: str) -> Update:
    return Update(
        key_of(row),
        set={"state": FileState.CLAIMED, "batch_id": batch_id},
        remove=["waiting"],
        when=[Is("state", FileState.WAITING)],
    )


def _row(key: Key, file: ManifestFile) -> Row:
    return {
        "pk": key.pk,
        "sk": key.sk,
        "bucket": file.bucket,
        "key": file.key,
        "version_id": file.version_id,
        "etag": file.etag,
        "size": file.size,
        "received_at": file.received_at,
        "dataset": file.dataset,
        "noted_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }

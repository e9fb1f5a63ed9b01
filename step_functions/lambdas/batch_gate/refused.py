"""Refused versions: one mail tells of them, then they go to the archive with their reason."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from spark_jobs.batch.archive import Moved, archive_key, move
from spark_jobs.batch.files import archived, gone, manifest_file, refused_files
from spark_jobs.batch.objects import head
from spark_jobs.batch.table import Is, Row, Update, key_of
from spark_jobs.facts.aws import Archive, FileState
from spark_jobs.facts.places import in_ascii

from .gate import Gate, logger

REFUSED = "refused"
"""What stands in the archive's key where a batch stands else."""
LARGEST_MOVED = 25 * 10**9
"""Bytes: copied at the speed below in less than the gate's 120 s. A larger version is told of and
stays in landing, its row REFUSED, until a person removes it."""
_BYTES_PER_SECOND = 300 * 10**6
"""S3 copies ten parts at once, each at some 50 MB/s or more: taken with a margin."""
_LEAST_SECONDS = 10.0
"""What any move may take, and the end of the invocation."""
_BEGIN_SECONDS = 20.0
"""Within which moves are begun, so that sweeps seldom overlap."""
_TOLD_AT_ONCE = 1000
"""So that a mail's files are marked as told long before the time is up."""
_LISTED = 50
_SHOWN = 500


def tell_refused(gate: Gate) -> int:
    """Tells of what was refused, before it is moved: no move that fails or dies keeps a mail back.

    After a death before the marks the mail comes twice, never not.

    Returns:
        The number of files told of.
    """
    rows = [row for row in refused_files(gate.table) if "told_at" not in row][:_TOLD_AT_ONCE]
    if rows:
        _tell(gate, rows)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for row in rows:
        when = [Is("state", FileState.REFUSED)]
        gate.table.write(Update(key_of(row), set={"told_at": now}, when=when))
    return len(rows)


def archive_refused(gate: Gate, seconds: float) -> int:
    """Archives what was told of, small ones first; what takes too long is left to a later sweep.

    Args:
        seconds: Until the invocation is cut off.

    Returns:
        The number of files that were moved.

    Raises:
        ExceptionGroup: Some could not be archived; the next sweep tries them again.
    """
    now = time.monotonic()
    end, last_begin = now + seconds, now + _BEGIN_SECONDS
    moved = 0
    failed: list[Exception] = []
    told = [row for row in refused_files(gate.table) if "told_at" in row]
    for row in sorted(told, key=_seconds_for):
        now = time.monotonic()
        if now >= last_begin or end - now < _seconds_for(row):
            break
        try:
            moved += _archive(gate, row)
        except Exception as error:  # noqa: BLE001 (told below, with the others)
            failed.append(error)
    if failed:
        raise ExceptionGroup("refused files could not be archived", failed)
    return moved


def _seconds_for(row: Row) -> float:
    return _LEAST_SECONDS + (0 if _stays(row) else row["size"] / _BYTES_PER_SECOND)


def _stays(row: Row) -> bool:
    return bool(row["size"] > LARGEST_MOVED)


def _archive(gate: Gate, row: Row) -> bool:
    """Whether it lies in the archive now; somebody may have removed it meanwhile."""
    file = manifest_file(row)
    if _stays(row):
        place = {"Bucket": file.bucket, "Key": file.key, "VersionId": file.version_id}
        if head(gate.s3, **place) is None:
            gone(gate.table, key_of(row), "too large to be archived, it was removed")
        return False
    target = _target(gate, row)
    moved = move(gate.s3, file, target, metadata={"reason": in_ascii(row["reason"])})
    logger.info("refused file archived", moved=moved, key=in_ascii(file.key), to=in_ascii(target))
    if moved == Moved.GONE:
        gone(gate.table, key_of(row), "it was removed before it could be archived")
        return False
    archived(gate.table, key_of(row), target)
    return True


def _tell(gate: Gate, rows: Sequence[Row]) -> None:
    number = len(rows)
    lines = [
        f"- {_shown(row['key'])}\n    {row['reason']}\n    {_whereto(gate, row)}"
        for row in rows[:_LISTED]
    ]
    if number > _LISTED:
        lines.append(f"... and {number - _LISTED} more, beside them in the archive.")
    files = "file" if number == 1 else "files"
    pipeline = gate.settings.state_machine.rpartition(":")[2]
    text = (
        f"{number} {files} in landing cannot belong to any batch and did not take part:\n\n"
        + "\n".join(lines)
        + "\n\nNothing else waits for them. Mend name or place, and drop them again.\n"
    )
    gate.sns.publish(
        TopicArn=gate.settings.topic,
        Subject=f"{pipeline}: {number} {files} refused",
        Message=text,
    )


def _whereto(gate: Gate, row: Row) -> str:
    if _stays(row):
        return f"stays there, too large to be moved: remove version {_shown(row['version_id'])}"
    return f"goes to s3://{row['bucket']}/{_shown(_target(gate, row))}"


def _target(gate: Gate, row: Row) -> str:
    prefix = gate.settings.landing_prefix
    return archive_key(Archive.INVALID, REFUSED, row["version_id"], row["key"], prefix)


def _shown(key: str) -> str:
    """A key in the mail, which SNS limits to 256 KB."""
    text = in_ascii(key)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

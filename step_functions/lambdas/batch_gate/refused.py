"""Refused versions go to the archive with their reason, and one mail tells of them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from spark_jobs.batch.archive import Moved, archive_key, move
from spark_jobs.batch.files import archived, gone, manifest_file, refused_files
from spark_jobs.batch.table import Key, Row
from spark_jobs.facts.aws import Archive
from spark_jobs.facts.places import escaped

from .gate import Gate, logger

REFUSED = "refused"
"""What stands in the archive's key where a batch stands else."""
_LISTED = 50
_SHOWN = 500


def archive_refused(gate: Gate, seconds: float) -> int:
    """Archives and tells of what was refused, as much as the time allows.

    A row stays until its mail is out: after a death in between the mail may come twice, never not.

    Returns:
        The number of files told of.

    Raises:
        ExceptionGroup: Some could not be archived; the next sweep tries them again.
    """
    end = time.monotonic() + seconds
    done: list[tuple[Row, str]] = []
    failed: list[Exception] = []
    for row in refused_files(gate.table):
        if time.monotonic() >= end:
            break
        try:
            if target := _archive(gate, row):
                done.append((row, target))
        except Exception as error:  # noqa: BLE001 (told below, with the others)
            failed.append(error)
    if done:
        _tell(gate, done)
    for row, target in done:
        archived(gate.table, Key(row["pk"], row["sk"]), target)
    if failed:
        raise ExceptionGroup("refused files could not be archived", failed)
    return len(done)


def _archive(gate: Gate, row: Row) -> str | None:
    """Where it lies now; None where somebody has removed it meanwhile."""
    file = manifest_file(row)
    prefix = gate.settings.landing_prefix
    target = archive_key(Archive.INVALID, REFUSED, file.version_id, file.key, prefix)
    moved = move(gate.s3, file, target, metadata={"reason": escaped(row["reason"])})
    logger.info("refused file archived", moved=moved, key=escaped(file.key), to=escaped(target))
    if moved == Moved.GONE:
        gone(gate.table, Key(row["pk"], row["sk"]), "it was removed before it could be archived")
        return None
    return str(target)


def _tell(gate: Gate, done: Sequence[tuple[Row, str]]) -> None:
    number = len(done)
    lines = [
        f"- {_shown(row['key'])}\n    {row['reason']}\n"
        f"    now s3://{row['bucket']}/{_shown(target)}"
        for row, target in done[:_LISTED]
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


def _shown(key: str) -> str:
    """A key in the mail, which SNS limits to 256 KB."""
    text = escaped(key)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

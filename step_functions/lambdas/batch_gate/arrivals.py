"""Noting a version once: it waits for a batch, or is refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any

from spark_jobs.batch.files import file_key, refuse, register
from spark_jobs.batch.manifest import ManifestFile
from spark_jobs.batch.objects import head
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.places import hint_of, in_ascii, is_folder, why_refused

from .events import Arrival
from .gate import Gate, logger, metrics


class Noted(StrEnum):
    """What became of an arrival; each is a metric when it is of interest."""

    WAITING = "WaitingNoted"
    REFUSED = "RefusedFiles"
    KNOWN = "KnownFiles"
    GONE = "GoneFiles"
    FOLDER = "Folders"
    ELSEWHERE = "Elsewhere"


def note(gate: Gate, arrival: Arrival) -> Noted:
    """Notes a version, however often it is told of.

    Returns:
        What became of it. A "folder" of the console holds nothing: it stays, and is not noted. A
        version that is gone was removed by somebody else before any batch had it.

    Raises:
        UsageError: It lies in another bucket.
    """
    noted = _note(gate, arrival)
    logger.info(
        "arrival noted",
        became=noted,
        key=in_ascii(arrival.key),
        version_id=in_ascii(arrival.version_id),
    )
    metrics.add_metric(name=noted, unit="Count", value=1)
    return noted


def _note(gate: Gate, arrival: Arrival) -> Noted:
    settings = gate.settings
    if arrival.bucket != settings.landing_bucket:
        raise UsageError(
            f"{arrival.bucket!r} is not the landing bucket",
            where="landing-events",
            cure="only events of the landing bucket may come here",
        )
    if not arrival.key.startswith(settings.landing_prefix):
        return Noted.ELSEWHERE
    if gate.table.get(file_key(arrival.bucket, arrival.key, arrival.version_id)):
        return Noted.KNOWN
    there = head(gate.s3, Bucket=arrival.bucket, Key=arrival.key, VersionId=arrival.version_id)
    if there is None:
        return Noted.GONE
    if is_folder(arrival.key, there["ContentLength"]):
        return Noted.FOLDER
    file = _file(arrival, there, settings.landing_prefix)
    reason = why_refused(file.key, file.size, settings.largest_file)
    if reason is None:
        return Noted.WAITING if register(gate.table, file) else Noted.KNOWN
    return Noted.REFUSED if refuse(gate.table, file, reason) else Noted.KNOWN


def _file(arrival: Arrival, there: Mapping[str, Any], prefix: str) -> ManifestFile:
    return ManifestFile(
        bucket=arrival.bucket,
        key=arrival.key,
        version_id=arrival.version_id,
        etag=there["ETag"].strip('"'),
        size=there["ContentLength"],
        received_at=there["LastModified"].astimezone(UTC).isoformat(timespec="seconds"),
        dataset=hint_of(arrival.key.removeprefix(prefix)) or "",
    )

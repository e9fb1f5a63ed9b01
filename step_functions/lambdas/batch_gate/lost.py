"""Versions in landing that no event told of: found by listing, a part of the bucket a minute."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from spark_jobs.batch.files import file_key
from spark_jobs.batch.table import Key, Put, key_of
from spark_jobs.facts.places import is_folder

from .arrivals import Noted, note
from .events import Arrival
from .gate import Gate, logger

MARKER = Key("gate", "sweep")
"""Where the next sweep goes on: a bucket that no sweep lists to its end is listed in turns."""
LISTING_SECONDS = 20.0


def note_lost(gate: Gate, seconds: float) -> int:
    """Notes the versions without a row, until the list ends or the time is up.

    Current or not: an upload that was overwritten, or hidden by a delete marker, is still a file.

    Returns:
        The number of versions that were noted.

    Raises:
        ExceptionGroup: Some could not be noted, as one that we may not read; the others are.
    """
    end = time.monotonic() + seconds
    position = _position(gate)
    found = 0
    failed: list[Exception] = []
    while True:
        page = gate.s3.list_object_versions(
            Bucket=gate.settings.landing_bucket, Prefix=gate.settings.landing_prefix, **position
        )
        found += _note_each(gate, _without_row(gate, page), end, failed)
        position = _after(page)
        if not position or time.monotonic() >= end:
            break
    _keep(gate, position)
    if found:
        logger.warning("versions were found whose event was lost or late", number=found)
    if failed:
        raise ExceptionGroup("versions in landing could not be noted", failed)
    return found


def _note_each(gate: Gate, arrivals: Sequence[Arrival], end: float, failed: list[Exception]) -> int:
    """How many are new. While nothing but failures comes of it, no longer than until the end."""
    found = 0
    for arrival in arrivals:
        try:
            found += _is_new(note(gate, arrival))
        except Exception as error:  # noqa: BLE001 (told by the caller, with the others)
            failed.append(error)
            if time.monotonic() >= end:
                break
    return found


def _without_row(gate: Gate, page: Mapping[str, Any]) -> list[Arrival]:
    bucket = gate.settings.landing_bucket
    listed = {
        file_key(bucket, version["Key"], version["VersionId"]): Arrival(
            bucket, version["Key"], version["VersionId"]
        )
        for version in page.get("Versions", [])
        if not is_folder(version["Key"], version["Size"])
    }
    known = {key_of(row) for row in gate.table.get_all(list(listed))}
    return [arrival for key, arrival in listed.items() if key not in known]


def _is_new(noted: Noted) -> bool:
    return noted in {Noted.WAITING, Noted.REFUSED}


def _position(gate: Gate) -> dict[str, str]:
    row = gate.table.get(MARKER) or {}
    return {name: row[name] for name in ("KeyMarker", "VersionIdMarker") if row.get(name)}


def _after(page: Mapping[str, Any]) -> dict[str, str]:
    if not page.get("IsTruncated"):
        return {}
    markers = {"KeyMarker": "NextKeyMarker", "VersionIdMarker": "NextVersionIdMarker"}
    return {name: page[next_] for name, next_ in markers.items() if page.get(next_)}


def _keep(gate: Gate, position: Mapping[str, str]) -> None:
    if position != _position(gate):
        gate.table.write(Put({"pk": MARKER.pk, "sk": MARKER.sk, **position}))

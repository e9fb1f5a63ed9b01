"""The files of a manifest, brought to local disk: exactly those versions, and nothing else."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spark_jobs.batch.manifest import Manifest, ManifestFile
from spark_jobs.batch.notice import escaped
from spark_jobs.batch.objects import head
from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.facts.words import Dataset
from spark_jobs.pipeline.aws.task import Say
from spark_jobs.pipeline.discover import Found
from spark_jobs.storage.s3 import Download, GoneError, download, in_parallel, verify

ROOM = 3
"""Disk that a batch needs, in its own size: the files, the preflight's and the staged Parquet."""


@dataclass(frozen=True)
class ReceivedFiles:
    """The files of a batch.

    Args:
        found: Where each lies, under its name.
        versions: What each name is on S3.
        gone: The names of versions that are not in landing any more.
    """

    found: tuple[Found, ...]
    versions: dict[str, ManifestFile]
    gone: tuple[str, ...] = ()

    @property
    def received_at(self) -> dict[str, datetime]:
        """When each was received, by name."""
        return {name: _moment(file.received_at) for name, file in self.versions.items()}


def fetch_files(
    s3: Any, manifest: Manifest, folder: Path, landing_prefix: str, say: Say
) -> ReceivedFiles:
    """Downloads and verifies the versions that a manifest names.

    Local names are numbers: keys come from outside.

    Args:
        folder: Empty.

    Raises:
        ConfigurationError: There is not enough room for them.
        TransientError: Bytes were lost on the way.
    """
    _check_room(manifest, folder)
    names = names_of(manifest.files, landing_prefix)
    wanted = [
        Download(file.bucket, file.key, file.size, folder / str(i), file.version_id, file.etag)
        for i, file in enumerate(manifest.files)
    ]
    there, checked = _fetch(s3, wanted)
    say("fetched", files=len(there), bytes=sum(one.size for one in there), checked=checked)
    found, gone = [], []
    for one, name, file in zip(wanted, names, manifest.files, strict=True):
        if one in there:
            found.append(Found(one.path, name, Dataset(file.dataset) if file.dataset else None))
        else:
            say("version gone", key=escaped(file.key), version=escaped(file.version_id))
            gone.append(name)
    versions = dict(zip(names, manifest.files, strict=True))
    return ReceivedFiles(tuple(found), versions, tuple(gone))


def _fetch(s3: Any, wanted: Sequence[Download]) -> tuple[set[Download], dict[str, int]]:
    """The files that came, those that are gone left out, and by what how many were verified."""
    there = list(wanted)
    while True:
        try:
            download(s3, there)
            return set(there), dict(Counter(verify(s3, there)))
        except GoneError:
            left = _still_there(s3, there)
            if len(left) == len(there):
                raise  # it is there: let the next attempt find out
            there = left


def _still_there(s3: Any, wanted: Sequence[Download]) -> list[Download]:
    for bucket in {one.bucket for one in wanted}:
        s3.head_bucket(Bucket=bucket)  # a bucket that is missing answers like missing objects

    def exists(one: Download) -> bool:
        return head(s3, Bucket=one.bucket, Key=one.key, **one.version) is not None

    return [one for one, here in zip(wanted, in_parallel(exists, wanted), strict=True) if here]


def names_of(files: Sequence[ManifestFile], landing_prefix: str) -> list[str]:
    """A name for each file: its key without the prefix, with the version where that is taken."""
    names: list[str] = []
    taken: set[str] = set()
    for number, file in enumerate(files):
        name = file.key.removeprefix(landing_prefix)
        if name in taken:
            name = f"{name} (version {file.version_id})"
        if name in taken:  # somebody calls his file like that
            name = f"{name} (file {number} of the batch)"
        taken.add(name)
        names.append(name)
    return names


def _check_room(manifest: Manifest, folder: Path) -> None:
    free, needed = shutil.disk_usage(folder).free, ROOM * manifest.size
    if free < needed:
        raise ConfigurationError(
            f"{needed:,} bytes are needed for files of {manifest.size:,}, {free:,} are free",
            where=str(folder),
            cure="give the task more ephemeral storage: it follows from the manifest's bytes",
        )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

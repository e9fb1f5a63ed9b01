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
from spark_jobs.facts.errors import ConfigurationError, FatalError
from spark_jobs.facts.words import Dataset
from spark_jobs.pipeline.aws.task import Say
from spark_jobs.pipeline.discover import Found
from spark_jobs.storage.s3 import Download, GoneError, download, verify

ROOM = 3
"""Disk that a batch needs, in its own size: the files, the preflight's and the staged Parquet."""


@dataclass(frozen=True)
class ReceivedFiles:
    """The files of a batch.

    Args:
        found: Where each lies, under its name.
        versions: What each name is on S3.
    """

    found: tuple[Found, ...]
    versions: dict[str, ManifestFile]

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
        FatalError: A version was removed from landing.
        TransientError: Bytes were lost on the way.
    """
    _check_room(manifest, folder)
    names = names_of(manifest.files, landing_prefix)
    wanted = [
        Download(file.bucket, file.key, file.size, folder / str(i), file.version_id, file.etag)
        for i, file in enumerate(manifest.files)
    ]
    try:
        download(s3, wanted)
        checked = Counter(verify(s3, wanted))
    except GoneError as error:
        raise FatalError(
            error.what,
            where=error.where,
            cure="it was removed while its batch waited; nobody but the pipeline may remove files "
            "from landing",
        ) from error
    say("fetched", files=len(wanted), bytes=manifest.size, checked=dict(checked))
    found = [
        Found(one.path, name, Dataset(file.dataset) if file.dataset else None)
        for one, name, file in zip(wanted, names, manifest.files, strict=True)
    ]
    return ReceivedFiles(tuple(found), dict(zip(names, manifest.files, strict=True)))


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

"""The staged batch on S3: objects of one attempt, and the verdict that names them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from spark_jobs.batch.manifest import ManifestFile
from spark_jobs.batch.objects import put_once, read
from spark_jobs.facts.effects import AwsEffect, performing
from spark_jobs.facts.errors import FatalError, TransientError
from spark_jobs.pipeline.aws.documents import Document, verdict_in
from spark_jobs.pipeline.aws.task import TaskRun
from spark_jobs.pipeline.documents import StagedFolder, verdict_document
from spark_jobs.preflight import hash_files
from spark_jobs.rules.verdict import BatchVerdict
from spark_jobs.storage.folder import write_json
from spark_jobs.storage.s3 import Download, download, remove, upload


def find_verdict(run: TaskRun) -> Document | None:
    """The verdict that an attempt of this execution has left; None: there is none yet.

    Raises:
        UnreadableDocumentError: What lies there is none.
    """
    content = read(run.clients.s3, run.bucket, run.verdict_key)
    return verdict_in(content, run.verdict_address) if content is not None else None


def leave_verdict(
    run: TaskRun,
    attempt: str,
    folder: StagedFolder,
    batch: BatchVerdict,
    versions: Mapping[str, ManifestFile],
) -> Document:
    """Uploads what was staged, then the verdict: from here on the batch is judged.

    Args:
        attempt: A name that no other attempt has.
        versions: What each file of the batch is on S3, by name.

    Returns:
        The verdict that counts: another attempt's where that was first, whose objects stay.
    """
    batch = replace(batch, staged=_with_rows(batch))
    paths = list(_staged_files(folder, batch))
    keys = [f"{run.prefix}{attempt}/{path.relative_to(folder.root).as_posix()}" for path in paths]
    objects = [
        {"key": key, "size": path.stat().st_size, "sha256": sha256}
        for path, key, sha256 in zip(paths, keys, hash_files(paths), strict=True)
    ]
    with performing(AwsEffect.UPLOAD_STAGED):
        upload(run.clients.s3, run.bucket, zip(paths, keys, strict=True))
    document = verdict_document(batch) | {"attempt": attempt, "objects": objects}
    for entry in document["files"]:
        version = versions[entry["name"]]
        entry |= {"bucket": version.bucket, "key": version.key, "version_id": version.version_id}
    body = json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
    with performing(AwsEffect.LEAVE_VERDICT):
        first = put_once(run.clients.s3, run.bucket, run.verdict_key, body)
    if first:
        return document
    remove(run.clients.s3, run.bucket, keys)
    other = find_verdict(run)
    if other is None:
        raise TransientError("the verdict was there, and is gone", where=run.verdict_address)
    run.say("verdict adopted", attempt=other["attempt"])
    return other


def fetch_staged(run: TaskRun, document: Document, prefix: str, folder: StagedFolder) -> None:
    """Brings the objects that a verdict names, and the verdict, into a folder.

    Args:
        prefix: What the keys of its run begin with.

    Raises:
        FatalError: It names what is not its own.
        TransientError: An object came with other bytes.
    """
    wanted = [
        Download(run.bucket, one["key"], one["size"], folder.root / place)
        for one in document["objects"]
        for place in [_place(one["key"], f"{prefix}{document['attempt']}/")]
    ]
    for one in wanted:
        one.path.parent.mkdir(parents=True, exist_ok=True)
    download(run.clients.s3, wanted)
    found = hash_files([one.path for one in wanted])
    for one, sha256, told in zip(wanted, found, document["objects"], strict=True):
        if sha256 != told["sha256"]:
            raise TransientError(
                "the bytes that came have not the checksum that the verdict names",
                where=one.key,
                cure="try again",
            )
    write_json(folder.verdict, document)


def _with_rows(batch: BatchVerdict) -> dict[str, list[str]]:
    """The staged folders, without those of shapes of which no row was accepted."""
    filled = {(file.dataset, file.shape) for file in batch.files if file.staged}
    staged = {
        dataset: [path for path in paths if (dataset, PurePosixPath(path).parts[-2]) in filled]
        for dataset, paths in batch.staged.items()
    }
    return {dataset: paths for dataset, paths in staged.items() if paths}


def _staged_files(folder: StagedFolder, batch: BatchVerdict) -> Iterator[Path]:
    for names in batch.staged.values():
        for name in names:
            yield from sorted((folder.root / name).rglob("*.parquet"))
    yield from (folder.root / name for name in batch.quarantine)
    yield from sorted(path for path in folder.referee.rglob("*") if path.is_file())


def _place(key: str, own: str) -> PurePosixPath:
    """Where an object goes in the folder."""
    place = PurePosixPath(key.removeprefix(own))
    if not key.startswith(own) or place.is_absolute() or {"..", "."} & set(place.parts):
        raise FatalError(
            "the verdict names an object that its attempt has not staged",
            where=key,
            cure="nothing was read; validate the batch again",
        )
    return place

"""The manifest: which file versions a batch consists of; written once, never changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from spark_jobs.batch.objects import put_once
from spark_jobs.facts.errors import UsageError

MANIFEST_VERSION = 1


@dataclass(frozen=True)
class ManifestFile:
    """One version of an object in landing.

    Args:
        size: Bytes.
        received_at: S3's time of the version, ISO 8601 in UTC.
        dataset: What the key's place names; empty: the header will tell.
    """

    bucket: str
    key: str
    version_id: str
    etag: str
    size: int
    received_at: str
    dataset: str = ""


@dataclass(frozen=True)
class Manifest:
    """A batch's files, oldest first."""

    batch_id: str
    created_at: str
    files: tuple[ManifestFile, ...]

    @property
    def size(self) -> int:
        """Size of all files."""
        return sum(file.size for file in self.files)

    def document(self) -> bytes:
        """The manifest as JSON."""
        return json.dumps({"schema_version": MANIFEST_VERSION, **asdict(self)}, indent=1).encode()


def manifest_key(batch_id: str) -> str:
    """Where the manifest lies in the lake bucket."""
    return f"manifests/{batch_id}.json"


def write_manifest(
    s3: Any, bucket: str, batch_id: str, files: Sequence[ManifestFile]
) -> tuple[str, Manifest]:
    """Writes the manifest unless it is there; whichever was first counts.

    Returns:
        Its `s3://` address, and what it says.
    """
    manifest = Manifest(batch_id, datetime.now(UTC).isoformat(timespec="seconds"), tuple(files))
    key = manifest_key(batch_id)
    if not put_once(s3, bucket, key, manifest.document()):
        manifest = read_manifest(s3, bucket, key)
    return f"s3://{bucket}/{key}", manifest


def read_manifest(s3: Any, bucket: str, key: str) -> Manifest:
    """The manifest of a batch.

    Raises:
        UsageError: It is of another version.
    """
    document = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    if document["schema_version"] != MANIFEST_VERSION:
        raise UsageError(
            f"the manifest has version {document['schema_version']}, this is {MANIFEST_VERSION}",
            where=key,
            cure="deploy jobs and Lambdas of one version",
        )
    files = tuple(ManifestFile(**file) for file in document["files"])
    return Manifest(document["batch_id"], document["created_at"], files)


def split_address(address: str) -> tuple[str, str]:
    """Bucket and key of an `s3://bucket/key` address.

    Raises:
        UsageError: It is not one.
    """
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise UsageError(f"{address!r} is no address", cure="write it as s3://bucket/key")
    return bucket, key

"""Into the archive: that very version is copied, the copy verified, and that version deleted.

A newer upload under the same key survives, and every step may be repeated. A copy is verified by
its size and, where both objects carry one over their whole content, by S3's checksum (S3 computes
CRC64NVME for uploads that bring none); else by the ETag, where that is a digest of the content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from spark_jobs.batch.manifest import ManifestFile
from spark_jobs.batch.objects import GONE, code_of, head
from spark_jobs.facts.aws import Archive
from spark_jobs.facts.errors import TransientError

MULTIPART_BYTES = 2**30
"""Larger files are copied in parts; S3 copies at most 5 GiB in one call."""
PART_BYTES = 2**27
MOST_KEY_BYTES = 1024
_VANISHED = (*GONE, "PreconditionFailed", "412")
_CHECKSUMS = ("ChecksumCRC64NVME", "ChecksumCRC32C", "ChecksumCRC32", "ChecksumSHA256")
_Head = Mapping[str, Any]


class Moved(StrEnum):
    """What became of a version."""

    ARCHIVED = "archived"
    GONE = "gone"
    """Neither there nor in the archive: somebody else removed or overwrote it."""


def archive_key(
    archive: Archive, batch_id: str, version_id: str, key: str, landing_prefix: str
) -> str:
    """Where a version lies in the archive; a key too long for S3 ends in a digest of itself."""
    folder = f"archive/{archive}/{batch_id}/{version_id}/"
    name = key.removeprefix(landing_prefix)
    space = MOST_KEY_BYTES - len(folder.encode())
    if len(name.encode()) <= space:
        return folder + name
    digest = f"~{hashlib.sha256(name.encode()).hexdigest()}"
    return folder + name.encode()[: space - len(digest)].decode(errors="ignore") + digest


def move(
    s3: Any, file: ManifestFile, target: str, metadata: Mapping[str, str] | None = None
) -> Moved:
    """Moves a version within its bucket.

    Args:
        metadata: Replaces the object's own, where given.

    Raises:
        TransientError: The copy is not what was copied; the version stays.
    """
    source = {"Bucket": file.bucket, "Key": file.key, "VersionId": file.version_id}
    found = head(s3, **source)
    # A version id is for ever, but "null": without versioning its content may be another's by now.
    if (
        found
        and _etag(found) == file.etag.strip('"')
        and _is_copied(s3, source, found, target, metadata)
    ):
        s3.delete_object(**source)
        return Moved.ARCHIVED
    earlier = head(s3, Bucket=file.bucket, Key=target)
    whole = earlier is not None and earlier["ContentLength"] == file.size
    return Moved.ARCHIVED if whole else Moved.GONE


def _is_copied(
    s3: Any, source: dict[str, str], found: _Head, target: str, metadata: Mapping[str, str] | None
) -> bool:
    """Copies, unless an earlier call did; False where the version has vanished meanwhile."""
    there = head(s3, Bucket=source["Bucket"], Key=target)
    if there is None or not _same(found, there):  # else another version of the same would lie there
        if not _copied(s3, source, found, target, metadata):
            return False
        there = head(s3, Bucket=source["Bucket"], Key=target)
    if there is None or not _same(found, there):
        raise TransientError(
            "the copy differs from the file", where=repr(target), cure="call again"
        )
    return True


def _copied(
    s3: Any, source: dict[str, str], found: _Head, target: str, metadata: Mapping[str, str] | None
) -> bool:
    """Copies; False where the version has vanished since it was looked at."""
    arguments: dict[str, Any] = {"CopySourceIfMatch": found["ETag"]}
    large = found["ContentLength"] > MULTIPART_BYTES
    if metadata is not None or large:
        # A copy in parts takes none along by itself.
        said = found.get("Metadata", {}) if metadata is None else metadata
        plain = {
            name: value.encode("ascii", "backslashreplace").decode() for name, value in said.items()
        }
        kind = {"ContentType": found["ContentType"]} if "ContentType" in found else {}
        arguments |= {"MetadataDirective": "REPLACE", "Metadata": plain, **kind}
    try:
        if large:
            parts = TransferConfig(
                multipart_threshold=MULTIPART_BYTES, multipart_chunksize=PART_BYTES
            )
            s3.copy(source, source["Bucket"], target, ExtraArgs=arguments, Config=parts)
        else:
            s3.copy_object(CopySource=source, Bucket=source["Bucket"], Key=target, **arguments)
    except ClientError as error:
        if code_of(error) in _VANISHED:
            return False
        raise
    return True


def _same(one: _Head, other: _Head) -> bool:
    if one["ContentLength"] != other["ContentLength"]:
        return False
    if one.get("ChecksumType") == other.get("ChecksumType") == "FULL_OBJECT":
        shared = [name for name in _CHECKSUMS if name in one and name in other]
        if shared:
            return all(one[name] == other[name] for name in shared)
    digests = _is_digest(one) and _is_digest(other)
    return _etag(one) == _etag(other) if digests else True


def _is_digest(found: _Head) -> bool:
    """Whether the ETag is the MD5 of the content: not in parts, not under a key of KMS or ours."""
    plain = found.get("ServerSideEncryption", "AES256") == "AES256"
    return plain and "SSECustomerAlgorithm" not in found and "-" not in found["ETag"]


def _etag(found: _Head) -> str:
    return str(found["ETag"]).strip('"')

"""The checksums that S3 keeps of an object, computed from a file."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awscrt.checksums import crc32c, crc64nvme

_CHUNK = 16 * 2**20
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')


@dataclass(frozen=True)
class Stated:
    """A checksum that S3 states of an object.

    Args:
        name: As S3 names it: `ChecksumSHA256`, `ETag`.
        value: As S3 writes it.
        of: The same of a file.
    """

    name: str
    value: str
    of: Callable[[Path], str]


def stated_checksum(head: Mapping[str, Any]) -> Stated | None:
    """The strongest checksum of the whole object in an answer of HeadObject; None: there is none.

    An object that came in parts may have a checksum of checksums only, and a key of KMS makes the
    ETag something else than the MD5.
    """
    if head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
        for name, of in _WHOLE.items():
            if "-" not in head.get(name, "-"):
                return Stated(name, head[name], of)
    md5 = _MD5.fullmatch(head.get("ETag", ""))
    if md5 and head.get("ServerSideEncryption", "AES256") == "AES256":
        return Stated("ETag", md5[1], _md5)
    return None


def _hashed(algorithm: str) -> Callable[[Path], str]:
    def of(path: Path) -> str:
        with path.open("rb") as file:
            return base64.b64encode(hashlib.file_digest(file, algorithm).digest()).decode()

    return of


def _counted(update: Callable[[bytes, int], int], size: int) -> Callable[[Path], str]:
    def of(path: Path) -> str:
        crc = 0
        for chunk in _chunks(path):
            crc = update(chunk, crc)
        return base64.b64encode(crc.to_bytes(size, "big")).decode()

    return of


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


_WHOLE: dict[str, Callable[[Path], str]] = {
    "ChecksumSHA256": _hashed("sha256"),
    "ChecksumSHA1": _hashed("sha1"),
    "ChecksumCRC64NVME": _counted(crc64nvme, 8),
    "ChecksumCRC32C": _counted(crc32c, 4),
    "ChecksumCRC32": _counted(zlib.crc32, 4),
}

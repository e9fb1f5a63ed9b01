"""The checksums of S3, from files of any length."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from awscrt.checksums import crc32c, crc64nvme

from spark_jobs.storage import checksums
from spark_jobs.storage.checksums import stated_checksum


def _b64(digest: bytes) -> str:
    return b64encode(digest).decode()


CONTENT = b"order_id\n1\n"
MD5 = hashlib.md5(CONTENT).hexdigest()  # noqa: S324
SHA256 = _b64(hashlib.sha256(CONTENT).digest())


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ({"ChecksumSHA256": SHA256, "ChecksumCRC32": "?"}, "ChecksumSHA256"),
        (
            {"ChecksumCRC64NVME": _b64(crc64nvme(CONTENT).to_bytes(8, "big"))},
            "ChecksumCRC64NVME",
        ),
        ({"ChecksumCRC32C": _b64(crc32c(CONTENT).to_bytes(4, "big"))}, "ChecksumCRC32C"),
        ({"ChecksumCRC32": _b64(zlib.crc32(CONTENT).to_bytes(4, "big"))}, "ChecksumCRC32"),
        ({"ETag": f'"{MD5}"'}, "ETag"),
        ({"ETag": f'"{MD5}"', "ServerSideEncryption": "AES256"}, "ETag"),
        ({"ETag": f'"{MD5}"', "ServerSideEncryption": "aws:kms"}, None),
        ({"ETag": f'"{MD5}-2"'}, None),
        ({"ChecksumSHA256": f"{SHA256}-2", "ETag": f'"{MD5}"'}, "ETag"),
        ({"ChecksumSHA256": SHA256, "ChecksumType": "COMPOSITE"}, None),
        ({}, None),
    ],
)
def test_the_strongest_checksum_of_the_whole_object_is_taken(
    head: dict[str, Any], name: str | None, tmp_path: Path
) -> None:
    found = stated_checksum(head)
    assert (found.name if found else None) == name
    if found:
        path = tmp_path / "x"
        path.write_bytes(CONTENT)
        assert found.of(path) == found.value
        path.write_bytes(CONTENT[:-2] + b"2\n")
        assert found.of(path) != found.value


def test_a_file_of_many_pieces_has_the_checksum_of_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "_CHUNK", 3)
    path = tmp_path / "x"
    path.write_bytes(b"123456789")
    known = {"ChecksumCRC64NVME": 0xAE8B14860A799888, "ChecksumCRC32C": 0xE3069283}
    for name, crc in known.items():
        value = _b64(crc.to_bytes(8 if crc >> 32 else 4, "big"))
        stated = stated_checksum({name: value})
        assert stated
        assert stated.of(path) == value

"""The checksums of S3, from files of any length."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_jobs.storage.checksums import stated_checksum
from spark_jobs.storage.crc import CRC32C, CRC64NVME, LANES, Crc

CRC32 = Crc(0xEDB88320, 32)
"""The one that Python has as well, by our own code."""


def test_the_crcs_are_those_that_their_definitions_name() -> None:
    assert CRC64NVME.update(b"123456789") == 0xAE8B14860A799888
    assert CRC32C.update(b"123456789") == 0xE3069283
    assert CRC64NVME.update(b"") == CRC32C.update(b"") == 0


@settings(deadline=None, max_examples=30)
@given(
    st.binary(max_size=300),
    st.integers(0, 3),
    st.integers(0, 2 * LANES),
)
def test_bytes_side_by_side_count_as_one_after_the_other(
    start: bytes, words: int, more: int
) -> None:
    data = start + bytes(range(256)) * (2 * LANES * words // 256) + b"x" * more
    assert CRC32.update(data) == zlib.crc32(data)
    cut = len(data) // 3
    assert CRC32.update(data[cut:], CRC32.update(data[:cut])) == zlib.crc32(data)
    assert CRC64NVME.update(data) == CRC64NVME.update(data[1:], CRC64NVME.update(data[:1]))


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
            {"ChecksumCRC64NVME": _b64(CRC64NVME.update(CONTENT).to_bytes(8, "big"))},
            "ChecksumCRC64NVME",
        ),
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

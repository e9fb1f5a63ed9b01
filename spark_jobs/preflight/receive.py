"""The bytes of a file as received: the very bytes of its checksum, decompressed."""

import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from spark_jobs.facts.violations import FileCode
from spark_jobs.preflight.model import Limits, bad_file

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_MAGIC_BYTES = 16
# What follows a member is copied for each member, so much must not be read ahead.
_PACKED_BYTES = 256 * 1024
_FOREIGN: dict[bytes, str] = {
    b"PK\x03\x04": "a zip archive or an Excel workbook (xlsx)",
    b"PK\x05\x06": "an empty zip archive",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (xls)",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"Obj\x01": "Avro",
    b"SQLite format 3\0": "SQLite",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x7fELF": "a program",
    b"\x1f\x8b": "a gzip archive within a gzip archive",
}


@dataclass
class Received:
    """What became known of a file while its bytes were read.

    Args:
        read_bytes: How many of `size_bytes` were read.
    """

    size_bytes: int = 0
    read_bytes: int = 0
    compression: str = "none"
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def chunks(self, path: Path, sha256: str, limits: Limits) -> Iterator[bytes]:
        """The decompressed bytes in pieces of about `segment_bytes`.

        Args:
            path: Where the file lies.
            sha256: The content must have it (empty: not checked).
            limits: How much at a time, and how much in all.

        Raises:
            BadFileError: Unreadable, changed, damaged, too large, or no text at all.
        """
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise bad_file(FileCode.NOT_CSV, "it is no regular file")
            with path.open("rb", buffering=0) as file:
                before = os.fstat(file.fileno())
                self.size_bytes = before.st_size
                yield from self._unpacked(file, limits)
                self._check_unchanged(before, path.stat(), sha256)
        except FileNotFoundError as error:
            message = "the file vanished before it was read"
            raise bad_file(FileCode.CHANGED_WHILE_READING, message) from error
        except OSError as error:
            message = f"the file cannot be read: {error.strerror}"
            raise bad_file(FileCode.CHANGED_WHILE_READING, message) from error

    def _raw(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        while chunk := file.read(size):
            self._digest.update(chunk)
            self.read_bytes += len(chunk)
            yield chunk

    def _unpacked(self, file: BinaryIO, limits: Limits) -> Iterator[bytes]:
        start = os.pread(file.fileno(), _MAGIC_BYTES, 0)
        if start.startswith(_GZIP):
            self.compression = "gzip"
            raw = _gunzip(self._raw(file, _PACKED_BYTES), limits)
        else:
            raw = self._raw(file, limits.segment_bytes)
        head = b""
        for chunk in raw:
            head += chunk
            if len(head) >= _MAGIC_BYTES:
                break
        refuse_foreign(head)
        if head:
            yield head
        yield from raw

    def _check_unchanged(self, before: os.stat_result, after: os.stat_result, sha256: str) -> None:
        same_place = (before.st_ino, before.st_size, before.st_mtime_ns) == (
            after.st_ino,
            after.st_size,
            after.st_mtime_ns,
        )
        if not same_place or self.read_bytes != before.st_size:
            message = f"the file changed while it was read ({before.st_size} bytes at first)"
            raise bad_file(FileCode.CHANGED_WHILE_READING, message)
        if sha256 and self._digest.hexdigest() != sha256:
            message = f"the file changed after its checksum was taken ({sha256[:12]}…)"
            raise bad_file(FileCode.CHANGED_WHILE_READING, message)


def refuse_foreign(head: bytes) -> None:
    """Raises BadFileError where the first bytes are those of another format than text."""
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise bad_file(FileCode.NOT_CSV, f"the content is {what}")


def _gunzip(raw: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    """The content of all members of a gzip archive; zeros behind the last are padding."""
    total, member = 0, zlib.decompressobj(_GZIP_WINDOW)
    for received in raw:
        packed = received
        # Text is never held back without input: the checksum behind it is read last.
        while packed:
            if member.eof:
                packed = packed.lstrip(b"\0")
                if not packed:
                    break
                member = zlib.decompressobj(_GZIP_WINDOW)
            try:
                text = member.decompress(packed, limits.segment_bytes)
            except zlib.error as error:
                message = f"the gzip archive is damaged behind byte {total} of its content: {error}"
                raise bad_file(FileCode.DAMAGED_ARCHIVE, message) from error
            packed = member.unused_data if member.eof else member.unconsumed_tail
            total += len(text)
            if total > limits.max_decompressed_bytes:
                message = f"the archive holds more than {limits.max_decompressed_bytes} bytes"
                raise bad_file(FileCode.DECOMPRESSION_CAP, message)
            if text:
                yield text
    if not member.eof:
        message = f"the gzip archive ends early, behind byte {total} of its content"
        raise bad_file(FileCode.DAMAGED_ARCHIVE, message)

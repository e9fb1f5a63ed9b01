"""From bytes to UTF-8: byte-order marks, UTF-16, and the encodings that contracts name."""

import codecs
from collections.abc import Iterator

from spark_jobs.facts.violations import FileCode
from spark_jobs.preflight.model import BadFileError, bad_file
from spark_jobs.preflight.records import count_breaks

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SAMPLE = 512
_LEAST_SAMPLE = 4


def marked_encoding(head: bytes) -> str | None:
    """The encoding that a byte-order mark names, or None without one.

    Raises:
        BadFileError: UTF-32, or what looks like UTF-16 without its mark.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            if encoding.startswith("utf-32"):
                message = f"the byte-order mark is that of {encoding}: save the file as UTF-8"
                raise bad_file(FileCode.BAD_ENCODING, message)
            return encoding
    sample = head[: min(len(head), _SAMPLE) // 2 * 2]
    for zeros, encoding in ((sample[1::2], "utf-16-le"), (sample[0::2], "utf-16-be")):
        if len(sample) >= _LEAST_SAMPLE and zeros.count(0) * 10 >= len(zeros) * 9:
            message = (
                f"it looks like {encoding} without a byte-order mark (byte 0x00 at offset "
                f"{sample.find(0)}): save it as UTF-8, or with the mark"
            )
            raise bad_file(FileCode.BAD_ENCODING, message)
    return None


def is_utf8_name(encoding: str) -> bool:
    """Whether the name means UTF-8."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def utf8_chunks(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The text as UTF-8 without its byte-order mark; UTF-8 itself passes unchecked.

    Raises:
        BadFileError: A byte that the encoding does not have, with its offset and line.
    """
    mark = next((m for m, name in _MARKS if name == encoding), b"")
    is_utf8 = is_utf8_name(encoding)
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    offset, lines, first = 0, 0, True
    for chunk in chunks:
        skipped = len(mark) if first and chunk.startswith(mark) else 0
        first = False
        if is_utf8:
            yield chunk[skipped:]
            continue
        pending = len(decoder.getstate()[0])
        offset += skipped
        try:
            text = decoder.decode(chunk[skipped:]).encode("utf-8")
        except UnicodeDecodeError as error:
            raise _undecodable(error, encoding, offset - pending, lines) from error
        offset += len(chunk) - skipped
        lines += count_breaks(text)
        yield text
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _undecodable(error, encoding, offset - len(error.object), lines) from error


def _undecodable(error: UnicodeDecodeError, encoding: str, offset: int, lines: int) -> BadFileError:
    before = error.object[: error.start].decode(encoding, "replace").encode("utf-8")
    message = (
        f"byte 0x{error.object[error.start]:02X} is not {encoding}, "
        f"line {lines + count_breaks(before) + 1} (offset {offset + error.start})"
    )
    return bad_file(FileCode.BAD_ENCODING, message)

"""The careful reader: one record at a time, by the strict grammar of RFC 4180.

A field that begins with a quote ends with a quote, and quotes inside are doubled. A quote
elsewhere is a character like any other. LF, CR LF and CR end a record outside quotes.
"""

import re
from dataclasses import dataclass

from spark_jobs.facts.violations import RecordCode, Violation

_BREAK = re.compile(rb"\r\n|\n|\r")
# Possessive: an unclosed field must not match up to an earlier, doubled quote.
_QUOTED_FIELD = rb'"[^"]*+(?:""[^"]*+)*+"'
_QUOTED = re.compile(_QUOTED_FIELD)
_SHOWN = 40


@dataclass(frozen=True)
class Record:
    """One record as it stands in the bytes.

    Args:
        fields: The values, without their quotes.
        end: Where its text ends.
        following: Where the next record begins, behind the line break.
        stray: Number of the first field with text behind its closing quote, and that text.
    """

    fields: list[bytes]
    end: int
    following: int
    stray: tuple[int, bytes] | None = None


@dataclass(frozen=True)
class OpenQuote:
    """A quote that stays open too long.

    Args:
        at: Where it stands.
        over_limit: It is open over too many lines; else up to the end of the bytes at hand.
    """

    at: int
    over_limit: bool


class Grammar:
    """Splits bytes into records with one delimiter.

    Args:
        delimiter: One ASCII character.
        max_quoted_lines: Over more lines no quoted field may go.
    """

    def __init__(self, delimiter: str, max_quoted_lines: int) -> None:
        self.delimiter = delimiter
        self.byte = ord(delimiter)
        self.blanks = b" " if delimiter == "\t" else b" \t"
        self.max_quoted_lines = max_quoted_lines
        escaped = re.escape(delimiter.encode("ascii"))
        bare = rb"[^\r\n" + escaped + rb"]*+"
        field = rb"(?:" + _QUOTED_FIELD + rb'|(?!")' + bare + rb")"
        self._bare = re.compile(bare)
        self._whole = re.compile(field + rb"(?:" + escaped + field + rb")*+(?=[\r\n]|\Z)")

    def whole(self, data: bytes, start: int) -> int | None:
        """Where the record that begins at `start` ends, if it is by the book; else None."""
        found = self._whole.match(data, start)
        return found.end() if found else None

    def scan(self, data: bytes, start: int) -> Record | OpenQuote:
        """The record that begins at `start`."""
        fields: list[bytes] = []
        position, size = start, len(data)
        stray: tuple[int, bytes] | None = None
        while True:
            value = b""
            is_quoted = data[position : position + 1] == b'"'
            if is_quoted:
                quoted = _QUOTED.match(data, position)
                text = quoted[0] if quoted else data[position:]
                over_limit = count_breaks(text) >= self.max_quoted_lines
                if quoted is None or over_limit:
                    return OpenQuote(position, over_limit)
                position = quoted.end()
                value = text[1:-1].replace(b'""', b'"')
            found = self._bare.match(data, position)
            rest = found[0] if found else b""
            if rest and is_quoted:
                stray = stray or (len(fields) + 1, rest)
            position += len(rest)
            fields.append(value + rest)
            if position < size and data[position] == self.byte:
                position += 1
                continue
            return Record(fields, position, behind_break(data, position), stray)


def count_breaks(data: bytes) -> int:
    """How many line breaks (LF, CR LF, CR) are in the bytes."""
    if b"\r" not in data:
        return data.count(b"\n")
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def first_break(data: bytes, start: int) -> int:
    """Where the line that begins at `start` ends; the size of the bytes without a break."""
    found = _BREAK.search(data, start)
    return found.start() if found else len(data)


def judge(record: Record, raw: bytes, columns: int, max_field_chars: int) -> Violation | None:
    """Why a record is malformed, or None; the first of NUL, quoting, length, number of fields."""
    nul = raw.find(b"\0")
    if nul >= 0:
        place = len(raw[:nul].decode()) + 1
        return Violation(RecordCode.NUL_BYTE, f"NUL byte at character {place} of the record")
    if record.stray:
        number, text = record.stray
        shown = shorten(text.decode())
        return Violation(
            RecordCode.MALFORMED_QUOTING, f"{shown!r} behind the closing quote of field {number}"
        )
    for number, value in enumerate(record.fields, start=1):
        if len(value) > max_field_chars and len(value.decode()) > max_field_chars:
            long = value.decode()
            message = (
                f"field {number} has {len(long)} characters, {max_field_chars} are allowed: "
                f"{shorten(long)!r}"
            )
            return Violation(RecordCode.FIELD_TOO_LONG, message)
    if len(record.fields) != columns:
        return Violation(
            RecordCode.WRONG_FIELD_COUNT,
            f"found {len(record.fields)} fields, expected {columns}",
        )
    return None


def shorten(text: str) -> str:
    """The text, cut to what fits into a message."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def behind_break(data: bytes, position: int) -> int:
    """Where the line begins that follows the break at that position, or the end of the bytes."""
    length = 2 if data[position : position + 2] == b"\r\n" else 1
    return min(len(data), position + length)

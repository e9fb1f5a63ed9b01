"""A plain reader of CSV, one character at a time: what preflight must agree with."""

from dataclasses import dataclass, field

from spark_jobs.preflight import Limits


@dataclass
class Reference:
    """What the reader found: rows and malformed records by number, and the counts."""

    rows: dict[int, tuple[int, list[str | None]]] = field(default_factory=dict)
    malformed: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    blank_lines: int = 0
    unclosed: bool = False

    @property
    def records(self) -> int:
        return len(self.rows) + len(self.malformed)


class UnclosedError(Exception):
    """A quote stays open."""


def reference(text: str, columns: int, delimiter: str, limits: Limits) -> Reference:
    """Reads the text behind a header of one line."""
    found = Reference()
    reader = _Reader(text, delimiter, limits.max_quoted_lines)
    try:
        while reader.at < len(text):
            first, start = reader.line, reader.at
            fields, stray = reader.record()
            raw = text[start : reader.at]
            reader.line_break()
            if not raw.strip(" " if delimiter == "\t" else " \t"):
                found.blank_lines += 1
                continue
            code = _code(raw, fields, stray, columns, limits.max_field_chars)
            number = found.records + 1
            if code:
                found.malformed[number] = (first, code, raw)
            else:
                found.rows[number] = (first, [value or None for value in fields])
    except UnclosedError:
        found.unclosed = True
    return found


class _Reader:
    def __init__(self, text: str, delimiter: str, max_quoted_lines: int) -> None:
        self.text, self.delimiter, self.max_quoted_lines = text, delimiter, max_quoted_lines
        self.at, self.line = 0, 2

    def record(self) -> tuple[list[str], bool]:
        fields, stray = [], False
        while True:
            value = self.quoted() if self.here() == '"' else None
            rest = self.bare()
            stray = stray or (value is not None and rest != "")
            fields.append((value or "") + rest)
            if self.here() != self.delimiter:
                return fields, stray
            self.at += 1

    def here(self, ahead: int = 0) -> str:
        return self.text[self.at + ahead : self.at + ahead + 1]

    def quoted(self) -> str:
        value, lines = "", 1
        self.at += 1
        while self.here() != '"' or self.here(1) == '"':
            if not self.here():
                raise UnclosedError
            if self.here() == "\n" or (self.here() == "\r" and self.here(1) != "\n"):
                lines, self.line = lines + 1, self.line + 1
            value += self.here()
            self.at += 2 if self.here() == '"' else 1
        self.at += 1
        if lines > self.max_quoted_lines:
            raise UnclosedError
        return value

    def bare(self) -> str:
        start = self.at
        while self.here() and self.here() not in f"{self.delimiter}\r\n":
            self.at += 1
        return self.text[start : self.at]

    def line_break(self) -> None:
        if self.here():
            self.at += 2 if self.here() + self.here(1) == "\r\n" else 1
            self.line += 1


def _code(raw: str, fields: list[str], stray: bool, columns: int, max_field_chars: int) -> str:
    if "\0" in raw:
        return "nul_byte"
    if stray:
        return "malformed_quoting"
    if any(len(value) > max_field_chars for value in fields):
        return "field_too_long"
    return "" if len(fields) == columns else "wrong_field_count"

"""A plain reader of CSV, one character at a time: what preflight must agree with."""

from dataclasses import dataclass, field


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


def reference(
    text: str, columns: int, *, delimiter: str, max_field_chars: int, max_quoted_lines: int
) -> Reference:
    """Reads the text behind a header of one line."""
    found = Reference()
    at, line = 0, 2
    while at < len(text):
        start, first = at, line
        fields: list[str] = []
        stray = False
        while True:
            value = ""
            if at < len(text) and text[at] == '"':
                at += 1
                lines = 1
                while True:
                    if at >= len(text):
                        found.unclosed = True
                        return found
                    if text[at] == '"' and text[at + 1 : at + 2] == '"':
                        value, at = value + '"', at + 2
                    elif text[at] == '"':
                        at += 1
                        break
                    else:
                        value += text[at]
                        ends = text[at] == "\n" or (
                            text[at] == "\r" and text[at + 1 : at + 2] != "\n"
                        )
                        lines, line = lines + ends, line + ends
                        at += 1
                if lines > max_quoted_lines:
                    found.unclosed = True
                    return found
                stray = stray or (at < len(text) and text[at] not in f"{delimiter}\r\n")
            while at < len(text) and text[at] not in f"{delimiter}\r\n":
                value += text[at]
                at += 1
            fields.append(value)
            if at < len(text) and text[at] == delimiter:
                at += 1
                continue
            break
        raw = text[start:at]
        if at < len(text):
            at += 2 if text[at : at + 2] == "\r\n" else 1
            line += 1
        if not raw.strip(" " if delimiter == "\t" else " \t"):
            found.blank_lines += 1
            continue
        number = found.records + 1
        code = _code(raw, fields, stray, columns, max_field_chars)
        if code:
            found.malformed[number] = (first, code, raw)
        else:
            found.rows[number] = (first, [value or None for value in fields])
    return found


def _code(raw: str, fields: list[str], stray: bool, columns: int, max_field_chars: int) -> str:
    if "\0" in raw:
        return "nul_byte"
    if stray:
        return "malformed_quoting"
    if any(len(value) > max_field_chars for value in fields):
        return "field_too_long"
    return "" if len(fields) == columns else "wrong_field_count"

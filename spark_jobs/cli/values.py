"""How one value is written: exactly, and the same in every command and format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path

BETWEEN = " | "
"""Between the parts of a list in a table or in CSV."""


def as_text(value: object) -> str:
    """A value in a table or in CSV: NULL empty, decimals with all their places, ISO dates."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return instant(value) if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return BETWEEN.join(as_text(each) for each in value)
    return str(value.value if isinstance(value, Enum) else value)


def as_json(value: object, indent: int | None = None) -> str:
    """A value as JSON; a decimal is a number with exactly its digits (`10.50`), never a float.

    Args:
        indent: Spaces by which nested lines are moved in; None: all on one line.
    """
    return _json(value, indent, 0)


def instant(moment: datetime) -> str:
    """A moment in UTC: `2025-03-08T10:00:00Z`, with a fraction where it has one."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return utc.isoformat().replace("+00:00", "Z")


def _json(value: object, indent: int | None, depth: int) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        parts = [
            f"{json.dumps(str(key), ensure_ascii=False)}: {_json(each, indent, depth + 1)}"
            for key, each in value.items()
        ]
        return _enclosed("{}", parts, indent, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = [_json(each, indent, depth + 1) for each in value]
        return _enclosed("[]", parts, indent, depth)
    if isinstance(value, date | Path):
        return json.dumps(as_text(value), ensure_ascii=False)
    return json.dumps(value.value if isinstance(value, Enum) else value, ensure_ascii=False)


def _enclosed(brackets: str, parts: list[str], indent: int | None, depth: int) -> str:
    if not parts:
        return brackets
    if indent is None:
        return brackets[0] + ", ".join(parts) + brackets[1]
    line = "\n" + " " * indent * (depth + 1)
    return brackets[0] + line + f",{line}".join(parts) + "\n" + " " * indent * depth + brackets[1]

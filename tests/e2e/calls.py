"""The local AWS's record of calls, and which refusals in it a case has planted."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RECORD = "calls.jsonl"
"""Among the files of a local AWS."""
_REFUSED = '"allowed": false'


@dataclass(frozen=True)
class Call:
    """A line of the record."""

    at: str
    principal: str
    action: str
    resource: str
    allowed: bool
    via: str


@dataclass(frozen=True)
class _Planted:
    start: int
    end: int
    role: str
    action: str

    def covers(self, place: int, call: Call) -> bool:
        """Whether a call, at this place of the record, is refused by the case itself."""
        return self.start <= place < self.end and (self.role, self.action) == (
            call.principal,
            call.action,
        )


class Calls:
    """The calls from now on.

    Args:
        record: `calls.jsonl` of the local AWS.
    """

    def __init__(self, record: Path) -> None:
        self._record, self._start = record, self._size(record)
        self._planted: list[_Planted] = []

    def by(self, role: str) -> list[Call]:
        """The calls of a role (by its name in IAM)."""
        return [call for _, call in self._lines(role) if call.principal == role]

    @contextmanager
    def planted(self, role: str, action: str) -> Iterator[None]:
        """A case itself sees to it that this is refused to the role for a while."""
        start = self._size(self._record)
        try:
            yield
        finally:
            self._planted.append(_Planted(start, self._size(self._record), role, action))

    def refused(self, roles: Container[str]) -> list[Call]:
        """What these roles were refused, and no case has planted."""
        return [
            call
            for place, call in self._lines(_REFUSED)
            if not call.allowed
            and call.principal in roles
            and not any(one.covers(place, call) for one in self._planted)
        ]

    def _lines(self, words: str) -> Iterator[tuple[int, Call]]:
        """Each call whose line has these words, with its place in the record."""
        with self._record.open("rb") as file:
            place = file.seek(self._start)
            for line in file:
                if line.endswith(b"\n") and words.encode() in line:
                    yield place, Call(**json.loads(line))
                place += len(line)

    @staticmethod
    def _size(record: Path) -> int:
        return record.stat().st_size if record.exists() else 0  # nobody has called yet

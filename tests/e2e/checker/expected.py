"""What the files that were dropped must lead to, by the oracle."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.e2e.ledger import Version
from tests.e2e.observed import Observed
from tests.oracle import OracleResult, ReceivedFile, oracle
from tests.oracle.records import JudgedFile, judge
from tests.oracle.shape import ShapeDataset

Content = tuple[str, str]
"""sha256 and dataset."""


@dataclass(frozen=True)
class Expected:
    """The oracle's result, and each content's verdict and counts.

    Args:
        verdicts: accepted, partial or rejected.
        counts: Records, staged and quarantined; None where the oracle cannot read the file.
        times: When each content was received first: S3's time of its first version.
        refused_wrongly: Versions that no batch has claimed, though the oracle accepts them.
    """

    result: OracleResult
    verdicts: dict[Content, str]
    counts: dict[Content, tuple[int, int, int] | None]
    times: dict[Content, datetime]
    refused_wrongly: list[Version]


class Judge:
    """The oracle with a memory: a content under its `received_at` is judged once."""

    def __init__(self) -> None:
        self._known: dict[Any, JudgedFile] = {}
        self._unreadable: set[bytes] = set()

    def expect(self, observed: Observed) -> Expected:
        """What must come of all that was dropped and is part of a batch."""
        claimed = [v for v in observed.dropped if in_a_batch(observed, v)]
        judged = {content_of(version): version for version in claimed}
        received = times(claimed)
        result = self._oracle(judged.values(), received)
        verdicts, counts = {}, {}
        for content, version in judged.items():
            records, staged, quarantined = result.counts.get(version.content, (0, 0, 0))
            said = result.verdicts.get(version.content, "rejected")
            verdicts[content] = "partial" if quarantined else said
            unreadable = version.content.read_bytes() in self._unreadable
            counts[content] = None if unreadable else (records, staged, quarantined)
        refused = [v for v in observed.dropped if not in_a_batch(observed, v)]
        others = self._oracle(refused, times(refused)).verdicts
        wrongly = [v for v in refused if others.get(v.content) == "accepted"]
        return Expected(result, verdicts, counts, received, wrongly)

    def _oracle(
        self, versions: Iterable[Version], received: Mapping[Content, datetime]
    ) -> OracleResult:
        files = [
            ReceivedFile(version.content, version.dataset, received[content_of(version)])
            for version in versions
            if version.dataset
        ]
        return oracle(files, judging=self._judge)

    def _judge(
        self, content: bytes, shapes: list[ShapeDataset], received_at: datetime, zone: str
    ) -> JudgedFile:
        key = (content, shapes[0].key, received_at)  # every dataset has a key of its own
        if key not in self._known:
            self._known[key] = self._judged(
                content, lambda: judge(content, shapes, received_at, zone)
            )
            if self._known[key].shape is None:
                self._unreadable.add(content)
        return self._known[key]

    @staticmethod
    def _judged(content: bytes, judging: Callable[[], JudgedFile]) -> JudgedFile:
        try:
            return judging()
        except (UnicodeDecodeError, OSError, EOFError, IndexError, ValueError):
            # No CSV in a known encoding: the pipeline must reject it.
            return JudgedFile(hashlib.sha256(content).hexdigest(), None)


def content_of(version: Version) -> Content:
    """What a version holds."""
    return version.sha256, version.dataset


def times(versions: Iterable[Version]) -> dict[Content, datetime]:
    """When each content came first."""
    first: dict[Content, datetime] = {}
    for version in versions:
        content = content_of(version)
        first[content] = min(version.at, first.get(content, version.at))
    return first


def in_a_batch(observed: Observed, version: Version) -> bool:
    """Whether a batch has claimed the version: what was refused is nobody's."""
    return "batch_id" in observed.files.get((version.key, version.version_id), {})

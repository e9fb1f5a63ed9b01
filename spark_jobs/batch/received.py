"""What the jobs ask of the place that remembers contents and batches, here and in AWS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class KnownFile:
    """A content that was received before.

    Args:
        verdict: None while its batch has not finished.
        contracts: Fingerprint of the contracts that it was judged by.
    """

    dataset: str
    sha256: str
    name: str
    received_at: datetime
    batch_id: str
    contracts: str | None
    verdict: str | None
    reason: str | None


@dataclass(frozen=True)
class Registration:
    """A content that a batch brings, with the time to note should it be new."""

    dataset: str
    sha256: str
    name: str
    received_at: datetime


@dataclass(frozen=True)
class Judgement:
    """What a batch says of a content.

    Args:
        reason: The code of what rejected it, empty otherwise.
        contracts: Fingerprint of the contracts that it was judged by.
    """

    dataset: str
    sha256: str
    verdict: str
    reason: str
    contracts: str


class Received(Protocol):
    """The received contents of one lake: SQLite beside a folder, the state table in AWS."""

    def known(self, hashes: Iterable[str]) -> dict[str, list[KnownFile]]:
        """What is known of these contents, by sha256; nothing for those never received."""

    def register(self, batch_id: str, files: Sequence[Registration]) -> int:
        """Notes a batch's contents; a `received_at` that is known stays.

        Returns:
            The batch's sequence number; the same when called again.
        """

    def finish(self, batch_id: str, verdict: str, files: Sequence[Judgement]) -> None:
        """Closes a batch: its contents have their verdict and count as received."""

    def draw_fence(self) -> int:
        """A publication number that only grows; every attempt draws anew."""

"""What the cases did to an account: every version uploaded, with its content, for the checker."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LANDING_PREFIX = "landing/"
DATASETS = ("orders", "order_items", "products")
_ORDER = {name: place for place, name in enumerate(("products", "order_items", "orders"))}


@dataclass(frozen=True)
class Version:
    """One uploaded version.

    Args:
        content: Of the file, on disk.
        at: S3's time of it.
    """

    key: str
    version_id: str
    sha256: str
    dataset: str
    content: Path
    at: datetime


class Ledger:
    """All that the cases did to an account, in a folder: an account that is kept is judged whole.

    Attributes:
        versions: By key and version.
        withdrawn: Versions that a case removed itself: they need not be in the archive.
        more_mails: Mails that a case brought about beyond the one for each run, by batch.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._contents, self._lines = folder / "contents", folder / "ledger.jsonl"
        self.versions: dict[tuple[str, str], Version] = {}
        self.withdrawn: set[tuple[str, str]] = set()
        self.more_mails: Counter[str] = Counter()
        if self._lines.exists():
            for line in self._lines.read_text().splitlines():
                self._take(**json.loads(line))

    def note(self, key: str, version_id: str, content: bytes, at: datetime) -> Version:
        """Notes an upload, and keeps its content."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        told = at.astimezone(UTC).isoformat()
        self._write(key=key, version_id=version_id, sha256=sha256, at=told)
        return self.versions[key, version_id]

    def withdraw(self, version: Version) -> None:
        """Notes that a case removed this version."""
        self._write(withdrawn=[version.key, version.version_id])

    def expect_mail(self, batch_id: str, more: int = 1) -> None:
        """Notes that a batch gets more mails than runs (or fewer)."""
        self._write(batch_id=batch_id, more=more)

    def _write(self, **line: Any) -> None:
        with self._lines.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._take(**line)

    def _take(self, **line: Any) -> None:
        if "sha256" in line:
            key, version_id, sha256 = line["key"], line["version_id"], line["sha256"]
            self.versions[key, version_id] = Version(
                key,
                version_id,
                sha256,
                dataset_of(key),
                self._path(sha256),
                datetime.fromisoformat(line["at"]),
            )
        elif "withdrawn" in line:
            key, version_id = line["withdrawn"]
            self.withdrawn.add((key, version_id))
        else:
            self.more_mails[line["batch_id"]] += line["more"]

    def _path(self, sha256: str) -> Path:
        return self._contents / sha256[:2] / sha256


def dataset_of(key: str) -> str:
    """What a key names: by the first folder below landing, else by the stem; empty: neither."""
    first, _, rest = key.removeprefix(LANDING_PREFIX).partition("/")
    stem = key.rpartition("/")[2].partition(".")[0]
    return next((name for name in (first if rest else "", stem) if name in DATASETS), "")


def last_the_orders(key: str) -> tuple[int, str]:
    """Sorts keys so that a batch is complete when the last of them comes."""
    return _ORDER.get(dataset_of(key), 0), key

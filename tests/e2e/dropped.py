"""What was dropped: every version that the cases uploaded, with its content, for the checker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

LANDING_PREFIX = "landing/"
DATASETS = ("orders", "order_items", "products")
_ORDER = {name: place for place, name in enumerate(("products", "order_items", "orders"))}


@dataclass(frozen=True)
class Version:
    """One uploaded version.

    Args:
        content: Of the file, on disk.
    """

    key: str
    version_id: str
    sha256: str
    dataset: str
    content: Path


@dataclass
class Dropped:
    """All versions so far, and those that somebody took away again."""

    folder: Path
    versions: dict[tuple[str, str], Version] = field(default_factory=dict)
    withdrawn: set[tuple[str, str]] = field(default_factory=set)
    """Versions that a case removed itself: they need not be in the archive."""

    def note(self, key: str, version_id: str, content: bytes) -> Version:
        """Notes an upload, and keeps its content."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.folder / sha256[:2] / sha256
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        version = Version(key, version_id, sha256, dataset_of(key), path)
        self.versions[key, version_id] = version
        return version


def dataset_of(key: str) -> str:
    """What a key names: by the first folder below landing, else by the stem; empty: neither."""
    first, _, rest = key.removeprefix(LANDING_PREFIX).partition("/")
    stem = key.rpartition("/")[2].partition(".")[0]
    return next((name for name in (first if rest else "", stem) if name in DATASETS), "")


def last_the_orders(key: str) -> tuple[int, str]:
    """Sorts keys so that a batch is complete when the last of them comes."""
    return _ORDER.get(dataset_of(key), 0), key

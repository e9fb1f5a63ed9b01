"""What a second plan may say: the changes that the local AWS alone brings about (`drift.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scripts.local_aws.changes import Change

KNOWN: Sequence[Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)["drift"]


def surprises(changes: Iterable[Change]) -> list[str]:
    """What a plan would change beyond the known, and what is said to differ and does not."""
    told: list[str] = []
    seen: dict[str, set[str]] = {entry["address"]: set() for entry in KNOWN}
    for change in changes:
        entry = _entry(change)
        known = set(entry["paths"]) if entry else set()
        if more := sorted(set(change.paths) - known):
            told.append(f"{change.address}: {'/'.join(change.actions)} for {', '.join(more)}")
        if entry:
            seen[entry["address"]] |= set(change.paths)
    told += [
        f"{entry['address']}: no change of {path} any more"
        for entry in KNOWN
        for path in sorted(set(entry["paths"]) - seen[entry["address"]])
    ]
    return told


def _entry(change: Change) -> Mapping[str, Any] | None:
    fitting = [
        entry
        for entry in KNOWN
        if fnmatchcase(change.address, entry["address"])
        and list(change.actions) == entry["actions"]
    ]
    return fitting[0] if fitting else None

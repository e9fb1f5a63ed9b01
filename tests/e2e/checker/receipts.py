"""Receipts in the lake: every staged record is accounted for, file by file and batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.e2e.account import Row
from tests.e2e.checker.expected import Content, Expected
from tests.e2e.observed import Observed
from tests.oracle.shape import KEYS

_PARTS = ("stored", "superseded", "identical")
_COUNTS = ("records", "staged", "quarantined")
_OF_BATCH = {**{name: name for name in _COUNTS}, "in_rejected_files": "in_rejected_file"}
"""The verdict's name of each count of a batch in the history."""


def each_receipt_adds_up(observed: Observed, expected: Expected) -> Iterator[str]:
    """Staged = stored + superseded + identical; each accepted content stands there once."""
    rows = observed.tables.get("received_files", [])
    there = Counter((row["file_sha256"], row["dataset"]) for row in rows)
    yield from (f"content {content} has {n} receipts" for content, n in there.items() if n > 1)
    for content, verdict in expected.verdicts.items():
        if verdict != "rejected" and content not in there:
            yield f"content {content} is {verdict} and has no receipt"
    for row in [*rows, *observed.tables.get("batches", [])]:
        parts = [row[name] for name in _PARTS]
        if None in parts or row["staged"] != sum(parts):
            yield f"receipt of {row.get('file', row['batch_id'])}: {row['staged']} staged, {parts}"


def each_receipt_is_the_oracles(observed: Observed, expected: Expected) -> Iterator[str]:
    """Verdict and counts of each file; what meets no other record is stored.

    What became of a record that others meet depends on which batch came first, and on attempts
    that died: of these the sum alone is known.
    """
    alone, again = _met(expected)
    for row in observed.tables.get("received_files", []):
        content: Content = (row["file_sha256"], row["dataset"])
        where, counts = f"receipt of {row['file']}", expected.counts.get(content)
        if row["verdict"] != expected.verdicts.get(content, "rejected"):
            yield f"{where}: {row['verdict']}, the oracle says {expected.verdicts.get(content)}"
        told = tuple(row[name] for name in _COUNTS)
        if counts is not None and told != counts:
            yield f"{where}: {_COUNTS} are {told}, the oracle says {counts}"
        if (row["stored"] or 0) < alone[content]:
            yield f"{where}: {row['stored']} stored, {alone[content]} records meet no other"
        if (row["superseded"] or 0) < again[content]:
            yield f"{where}: {row['superseded']} superseded, {again[content]} by its own records"


def each_batch_is_in_the_history(observed: Observed, _: Expected) -> Iterator[str]:
    """Once in the table `batches`, as judged; a rejected one when the next has been transformed."""
    history = {row["batch_id"]: row for row in observed.tables.get("batches", [])}
    there = Counter(row["batch_id"] for row in observed.tables.get("batches", []))
    yield from (f"{batch_id} is {n} times in the history" for batch_id, n in there.items() if n > 1)
    pending = {row["sk"] for row in observed.state.get("history", [])}
    for row in observed.batches:
        batch_id = row["sk"]
        if batch_id in history:
            yield from _differences(batch_id, history[batch_id], observed.verdicts.get(batch_id))
        elif not any(batch_id in one for one in pending):
            yield f"{batch_id} is not in the history"


def _differences(batch_id: str, row: Row, verdict: Row | None) -> Iterator[str]:
    if verdict is None:
        return
    told = {name: verdict["totals"][theirs] for name, theirs in _OF_BATCH.items()}
    told["verdict"] = verdict["verdict"]
    for name, value in told.items():
        if row[name] != value:
            yield f"{batch_id}: {name} is {row[name]} in the history, {value} in the verdict"


def _met(expected: Expected) -> tuple[Counter[Content], Counter[Content]]:
    """By content: how many records have a key of no other, and how many another's of the file."""
    keys: dict[Content, Counter[Any]] = {}
    together: dict[str, Counter[Any]] = {dataset: Counter() for dataset in KEYS}
    for (sha256, dataset), judged in expected.result.judged.items():
        own = Counter(row[KEYS[dataset]] for row in judged.rows)
        keys[sha256, dataset] = own
        together[dataset].update(own)
    alone: Counter[Content] = Counter()
    again: Counter[Content] = Counter()
    for (sha256, dataset), own in keys.items():
        alone[sha256, dataset] = sum(together[dataset][key] == 1 for key in own)
        again[sha256, dataset] = own.total() - len(own)
    return alone, again

"""Verdicts and receipts: nothing is lost or counted twice, and plain Python judges alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from tests.e2e.account import Row
from tests.e2e.checker.expected import Expected, content_of, times
from tests.e2e.observed import Observed

_SHARED = ("records", "staged", "quarantined")


def each_verdict_adds_up(observed: Observed, _: Expected) -> Iterator[str]:
    """Records read = staged + quarantined + in files rejected whole, by file and in sum."""
    for batch_id, verdict in observed.verdicts.items():
        for part in (*verdict["files"], verdict["totals"]):
            sums = part["staged"] + part["quarantined"] + part["in_rejected_file"]
            if part["records"] != sums:
                name = part.get("name", "in all")
                yield f"{batch_id}, {name}: {part['records']} records, but {sums} accounted for"
        for name in (*_SHARED, "in_rejected_file"):
            total = sum(file[name] for file in verdict["files"])
            if verdict["totals"][name] != total:
                yield f"{batch_id}: {name} is {verdict['totals'][name]}, its files say {total}"


def each_verdict_names_its_manifest(observed: Observed, _: Expected) -> Iterator[str]:
    """Every version of the batch once, and every batch has a verdict."""
    for row in observed.batches:
        batch_id = row["sk"]
        verdict = observed.verdicts.get(batch_id)
        if verdict is None:
            yield f"{batch_id} has no verdict"
            continue
        named = Counter((file["key"], file["version_id"]) for file in verdict["files"])
        files = observed.manifests[batch_id]["files"]
        if named != Counter((file["key"], file["version_id"]) for file in files):
            yield f"{batch_id}: verdict and manifest name other files"


def each_file_is_judged_as_by_the_oracle(observed: Observed, expected: Expected) -> Iterator[str]:
    """Verdict and counts of each file; what was received before is skipped."""
    accepted: set[tuple[str, str]] = set()
    for batch_id, verdict in sorted(
        observed.verdicts.items(), key=lambda one: _finished(observed, one[0])
    ):
        for file in verdict["files"]:
            yield from _compared(batch_id, file, expected, accepted)
        accepted |= {
            (file["sha256"], file["dataset"])
            for file in verdict["files"]
            if file["verdict"] in {"accepted", "partial"}
        }
        together = _of_batch(verdict["files"])
        if verdict["verdict"] != together:
            yield f"{batch_id} is {verdict['verdict']}, its files make {together}"


def each_content_has_a_time_of_its_own(observed: Observed, _: Expected) -> Iterator[str]:
    """`received_at` is S3's time of one of its versions."""
    rows = observed.files
    for content, received_at in times(observed).items():
        own = {
            datetime.fromisoformat(rows[v.key, v.version_id]["received_at"])
            for v in observed.dropped
            if content_of(v) == content and (v.key, v.version_id) in rows
        }
        if received_at not in own:
            yield f"content {content} came at {received_at}, its versions at {sorted(own)}"


def each_receipt_adds_up(observed: Observed, expected: Expected) -> Iterator[str]:
    """Staged = stored + superseded + identical; each accepted content stands there once."""
    rows = observed.tables.get("received_files", [])
    for row in [*rows, *observed.tables.get("batches", [])]:
        parts = [row["stored"], row["superseded"], row["identical"]]
        if None not in parts and row["staged"] != sum(parts):
            yield f"receipt of {row.get('file', row['batch_id'])}: {row['staged']} staged, {parts}"
    there = Counter((row["file_sha256"], row["dataset"]) for row in rows)
    yield from (f"content {content} has {n} receipts" for content, n in there.items() if n > 1)
    for content, verdict in expected.verdicts.items():
        if verdict != "rejected" and content not in there:
            yield f"content {content} is {verdict} and has no receipt"


def each_batch_is_in_the_history(observed: Observed, _: Expected) -> Iterator[str]:
    """Once in the table `batches`; a rejected one when the next has been transformed."""
    there = Counter(row["batch_id"] for row in observed.tables.get("batches", []))
    yield from (f"{batch_id} is {n} times in the history" for batch_id, n in there.items() if n > 1)
    pending = {row["sk"] for row in observed.state.get("history", [])}
    for row in observed.batches:
        if row["sk"] not in there and not any(row["sk"] in one for one in pending):
            yield f"{row['sk']} is not in the history"


def _compared(
    batch_id: str, file: Row, expected: Expected, accepted: set[tuple[str, str]]
) -> Iterator[str]:
    content = (file["sha256"], file["dataset"])
    where = f"{batch_id}, {file['name']}"
    if file["verdict"] == "skipped":
        if file["records"]:
            yield f"{where}: skipped, but {file['records']} records were read"
        return
    wanted = expected.verdicts.get(content, "rejected")
    if content in accepted:
        yield f"{where}: {file['verdict']}, though this content was accepted before"
    if file["verdict"] != wanted:
        yield f"{where}: {file['verdict']}, the oracle says {wanted}"
    counts = expected.counts.get(content)
    told = tuple(file[name] for name in _SHARED)
    if counts is not None and told != counts:
        yield f"{where}: (records, staged, quarantined) are {told}, the oracle says {counts}"


def _of_batch(files: list[Row]) -> str:
    verdicts = {file["verdict"] for file in files} - {"skipped"}
    if verdicts == {"rejected"}:
        return "rejected"
    return "partial" if verdicts & {"rejected", "partial"} else "accepted"


def _finished(observed: Observed, batch_id: str) -> str:
    return next(
        str(row.get("finished_at", "")) for row in observed.batches if row["sk"] == batch_id
    )

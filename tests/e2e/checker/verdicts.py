"""Verdicts: no record is lost or counted twice, and plain Python judges alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from tests.e2e.account import Row
from tests.e2e.checker.expected import Content, Expected, content_of
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
    """Verdict and counts of each file; what was received before is skipped, and nothing else."""
    contents = {(v.key, v.version_id): content_of(v) for v in observed.dropped}
    accepted: set[Content] = set()
    received: set[Content] = set()
    for batch_id in _in_turn(observed):
        verdict = observed.verdicts[batch_id]
        files = verdict["files"]
        received |= {_content(file) for file in files if file["verdict"] != "skipped"}
        for file in files:
            where = f"{batch_id}, {file['name']}"
            dropped = contents.get((file["key"], file["version_id"]))
            if dropped and dropped[0] != file["sha256"]:
                yield f"{where}: judged is {file['sha256']}, dropped was {dropped[0]}"
            told = _compared(file, expected, accepted, received)
            yield from (f"{where}: {complaint}" for complaint in told)
        accepted |= {_content(f) for f in files if f["verdict"] in {"accepted", "partial"}}
        together = _of_batch(files)
        if verdict["verdict"] != together:
            yield f"{batch_id} is {verdict['verdict']}, its files make {together}"


def each_content_has_a_time_of_its_own(observed: Observed, expected: Expected) -> Iterator[str]:
    """Every content in a batch has a row; its `received_at` is S3's time of the first version."""
    rows = {tuple(row["sk"].split("#")): row for row in observed.state.get("content", [])}
    for content, first in expected.times.items():
        row = rows.pop(content, None)
        if row is None:
            yield f"content {content} is in a batch and has no row"
        elif (received_at := datetime.fromisoformat(row["received_at"])) != first:
            yield f"content {content} came at {received_at}, its first version at {first}"
    yield from (f"content {content} has a row, and nobody dropped it" for content in rows)


def _compared(
    file: Row, expected: Expected, accepted: set[Content], received: set[Content]
) -> Iterator[str]:
    content = _content(file)
    if file["verdict"] == "skipped":
        if file["records"]:
            yield f"skipped, but {file['records']} records were read"
        if content not in received:
            yield "skipped, though this content was never received before"
        return
    wanted = expected.verdicts.get(content, "rejected")
    if content in accepted:
        yield f"{file['verdict']}, though this content was accepted before"
    if file["verdict"] != wanted:
        yield f"{file['verdict']}, the oracle says {wanted}"
    counts = expected.counts.get(content)
    told = tuple(file[name] for name in _SHARED)
    if counts is not None and told != counts:
        yield f"(records, staged, quarantined) are {told}, the oracle says {counts}"


def _content(file: Row) -> Content:
    return file["sha256"], file["dataset"]


def _of_batch(files: list[Row]) -> str:
    verdicts = {file["verdict"] for file in files} - {"skipped"}
    if verdicts == {"rejected"}:
        return "rejected"
    return "partial" if verdicts & {"rejected", "partial"} else "accepted"


def _in_turn(observed: Observed) -> list[str]:
    """The batches that have a verdict, as their last runs began: one at a time.

    Their ends are in another order where files could not be archived at once.
    """
    begun = {execution["name"]: execution["startDate"] for execution in observed.executions}
    last = {row["sk"]: f"{row['sk']}-r{row['run']}" for row in observed.batches}
    known = [batch_id for batch_id in observed.verdicts if last.get(batch_id) in begun]
    return sorted(known, key=lambda batch_id: begun[last[batch_id]])

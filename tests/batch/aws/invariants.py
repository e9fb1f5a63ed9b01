"""What must hold at every moment, and what must hold when all is done."""

from __future__ import annotations

from collections import Counter

from spark_jobs.batch.closing import GATE
from spark_jobs.facts.aws import BatchState, FileState
from tests.batch.aws.pipeline import Pipeline

_STATES = {BatchState.DONE: FileState.ARCHIVED, BatchState.FAILED: FileState.CLAIMED}
_HELD = (BatchState.RUNNING, BatchState.FINISHING)
_PUT_OFF = (BatchState.FINISHING, False)


def check_always(pipeline: Pipeline) -> None:
    """One batch at a time, and no file in two; asked of moto's memory, for it is asked often."""
    batches = {row["sk"]: row for row in pipeline.rows("batch")}
    (lease,) = pipeline.rows("lease") or [{}]
    held = [row for row in batches.values() if row["state"] in _HELD]
    if pipeline.forbade:  # a batch whose files could not be moved has given its lease away
        held = [
            row
            for row in held
            if (row["state"], row["execution"] == lease.get("execution")) != _PUT_OFF
        ]
    assert len(held) <= 1, f"two batches run: {held}"
    assert [row["execution"] for row in held] == [e for e in [lease.get("execution")] if e]
    at_work = [
        name for name in pipeline.running() if pipeline.phases[name] in {"validate", "transform"}
    ]
    assert len(at_work) <= 1, f"two executions work: {at_work}"
    assert set(at_work) <= {lease.get("execution")}
    for row in pipeline.rows("file"):
        if row["state"] == FileState.CLAIMED:
            assert batches[row["batch_id"]]["state"] != BatchState.EMPTY, row
    _check_manifests(pipeline)


def _check_manifests(pipeline: Pipeline) -> None:
    counts = Counter(version for files in pipeline.manifests().values() for version in files)
    assert all(count == 1 for count in counts.values()), f"in two batches: {counts}"


def check_idle(pipeline: Pipeline) -> None:
    """Nothing is lost or stuck: each version is in one batch's archive, or in a failed batch."""
    world = pipeline.world
    batches = {row["sk"]: row for row in pipeline.rows("batch")}
    manifests = pipeline.manifests()
    rows = {(row["key"], row["version_id"]): row for row in pipeline.rows("file")}
    assert "closing" not in (world.table.get(GATE) or {})
    claims = {
        version: batch_id
        for batch_id, row in batches.items()
        if row["state"] != BatchState.EMPTY
        for version in manifests[batch_id]
    }
    left, archived = set(), {}
    for version, belongs in pipeline.dropped.items():
        row = rows[version]
        if belongs:
            assert claims.pop(version) == row["batch_id"]
            assert row["state"] == _STATES[batches[row["batch_id"]]["state"]], row
        else:
            assert row["state"] == FileState.ARCHIVED
        if row["state"] == FileState.ARCHIVED:
            archived[row["archived_to"]] = version
        else:
            left.add(version)
    assert not claims
    folders = {version for version in world.versions("landing/") if version[0].endswith("/")}
    assert set(world.versions("landing/")) == left | folders
    assert {key for key, _ in world.versions("archive/")} == set(archived)
    assert len(archived) == len(pipeline.dropped) - len(left)
    pipeline.told += [mail["Message"] for mail in world.mails()]
    for (_, version_id), belongs in pipeline.dropped.items():
        assert belongs or any(version_id in message for message in pipeline.told)

"""A batch's row as the steps that a person sees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from spark_jobs.facts.words import Verdict
from spark_jobs.watch.batch_row import sight_of
from spark_jobs.watch.execution import Execution, Visit
from spark_jobs.watch.sight import End, Mark, Sight, Step

BATCH = "20260102T030405Z-000001"
T0 = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ROW: dict[str, Any] = {
    "sk": BATCH,
    "opened_at": T0.isoformat(),
    "closed_by": "threshold",
    "run": 1,
    "files": 2,
    "bytes": 1234,
    "execution": f"{BATCH}-r1",
    "started_at": T0.isoformat(),
}
DOCUMENT = {
    "verdict": "partial",
    "totals": {"records": 10, "staged": 7, "quarantined": 1, "in_rejected_file": 2},
    "files": [{"verdict": "partial"}, {"verdict": "rejected"}],
}


def seen(
    state: str,
    *,
    archived: int = 0,
    execution: Execution | None = None,
    verdict: dict[str, Any] | None = None,
    before: int = 0,
    **row: Any,
) -> Sight:
    """What is seen of the row in a state."""
    return sight_of(
        ROW | {"state": state} | row,
        datasets={"orders": 1, "order_items": 1},
        archived=archived,
        execution=execution or Execution(),
        verdict=verdict,
        before=before,
        behind=0,
        waiting={},
    )


def marks(sight: Sight) -> str:
    """A letter for each step: ahead, now, done, wrong."""
    return "".join(step.mark[0] for step in sight.steps)


def step_of(sight: Sight, name: str) -> Step:
    """A step by name."""
    return next(step for step in sight.steps if step.name == name)


ACCEPTED = {"validate_outcome": "accepted"}
DONE = ACCEPTED | {"transform_outcome": "done", "alerted_at": "2026-01-02T03:05:00.123Z"}


@pytest.mark.parametrize(
    ("state", "row", "expected", "end"),
    [
        # files, turn, validate, transform, alert, archive, end
        ("CLOSING", {}, "naaaaaa", None),
        ("SEALED", {}, "naaaaaa", None),
        ("WAITING", {}, "dnaaaaa", None),
        ("RUNNING", {}, "ddnaaaa", None),
        ("RUNNING", ACCEPTED, "dddnaaa", None),
        ("RUNNING", {"validate_outcome": "rejected"}, "ddwaaaa", None),
        ("RUNNING", ACCEPTED | {"transform_outcome": "fatal"}, "dddwaaa", None),
        ("FINISHING", {}, "ddwanna", None),
        ("FINISHING", DONE, "dddddna", None),
        ("DONE", DONE, "ddddddd", End.DONE),
        ("FAILED", ACCEPTED | {"alerted_at": "2026-01-02T03:05:00Z"}, "dddwdww", End.FAILED),
        ("EMPTY", {}, "daaaaad", End.EMPTY),
    ],
)
def test_each_state_has_its_steps(
    state: str, row: dict[str, Any], expected: str, end: End | None
) -> None:
    sight = seen(state, **row)
    assert (marks(sight), sight.end) == (expected, end)


def test_outcomes_of_an_earlier_run_count_for_nothing_while_it_waits_again() -> None:
    sight = seen("WAITING", validate_outcome="accepted", transform_outcome="fatal")
    assert (marks(sight), sight.verdict) == ("dnaaaaa", None)


def test_the_verdict_is_told_with_both_sides_of_its_sum() -> None:
    sight = seen("RUNNING", verdict=DOCUMENT, validate_outcome="partial")
    assert sight.verdict is Verdict.PARTIAL
    assert step_of(sight, "validate").note == (
        "partial: 2 files (1 partial, 1 rejected); "
        "10 records = 7 staged + 1 quarantined + 2 in rejected files"
    )


def test_without_its_document_the_outcome_and_its_code_are_told() -> None:
    sight = seen("DONE", validate_outcome="rejected", validate_code="missing_column")
    assert step_of(sight, "validate").note == "rejected (missing_column)"
    assert sight.verdict is Verdict.REJECTED


def test_a_fatal_validation_is_no_verdict() -> None:
    sight = seen("FAILED", validate_outcome="fatal", validate_code="contract")
    assert sight.verdict is None
    assert step_of(sight, "validate").note == "fatal (contract)"


def test_a_failed_batch_says_how_it_is_started_again() -> None:
    end = step_of(seen("FAILED", ending="VALIDATION_FAILED"), "end")
    assert f"scripts/start_batch.sh --again {BATCH}" in end.note
    assert "VALIDATION_FAILED" in end.note


def test_batches_before_it_and_files_in_the_archive_are_counted() -> None:
    assert step_of(seen("WAITING", before=2), "turn").note == "2 before it"
    assert step_of(seen("WAITING"), "turn").note == "next in turn"
    assert step_of(seen("FINISHING", archived=1), "archive").note == "1 of 2"


def test_files_that_cannot_be_archived_are_told_while_cleanup_tries() -> None:
    (notice,) = seen("FINISHING", archive_told_at=T0.isoformat()).notices
    assert "cleanup tries each minute" in notice
    assert not seen("DONE", archive_told_at=T0.isoformat()).notices


def test_what_comes_from_outside_is_escaped() -> None:
    sight = seen("DONE", alert_subject="a\x1b[2Jb", alerted_at=T0.isoformat())
    assert "\x1b" not in step_of(sight, "alert").note


def test_step_functions_adds_times_and_attempts() -> None:
    visits = {"RunValidationTask": Visit(2, T0)}
    execution = Execution("RUNNING", "RunValidationTask", visits)
    validate = step_of(seen("RUNNING", execution=execution), "validate")
    assert (validate.note, validate.began, validate.mark) == ("attempt 2", T0, Mark.NOW)
    waits = Execution("RUNNING", "Wait", visits)
    note = step_of(seen("RUNNING", execution=waits), "validate").note
    assert note == "attempt 2 failed; waits before the next"


def test_an_execution_that_is_gone_is_told_while_the_row_says_running() -> None:
    assert "ABORTED" in seen("RUNNING", execution=Execution("ABORTED")).notices[0]
    assert not seen("DONE", execution=Execution("ABORTED")).notices

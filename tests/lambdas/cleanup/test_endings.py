"""Every ending of an execution, and what must follow from the batch's row."""

from __future__ import annotations

from typing import Any

import pytest

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.table import Update
from spark_jobs.facts.errors import UsageError
from tests.lambdas.cleanup.metrics import metrics
from tests.lambdas.cleanup.stage import BATCH, BUCKET, NEXT, Stage

INVALID, PROCESSED = f"archive/invalid/{BATCH}/", f"archive/processed/{BATCH}/"


def _names(keys: list[str]) -> list[str]:
    return sorted(key.rpartition("/")[2] for key in keys)


def test_a_success_archives_by_verdict_and_starts_the_next(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = stage.has_verdict(a="accepted", b="partial", c="rejected", d="skipped")
    words: dict[str, Any] = {"alert_subject": "Done", "alert_message": "Well done"}
    stage.has_batch(validate_outcome="partial", transform_outcome="done", verdict=verdict, **words)
    stage.has_next()
    answer = stage.cleanup("SUCCESS")
    assert answer == {
        "batch_id": BATCH,
        "state": "DONE",
        "more": False,
        "processed": 3,
        "invalid": 1,
        "started": f"{NEXT}-r1",
    }
    assert stage.keys("landing/") == []
    assert _names(stage.keys(PROCESSED)) == ["a.csv", "b.csv", "d.csv"]
    assert _names(stage.keys(INVALID)) == ["c.csv"]
    assert set(stage.files().values()) == {"ARCHIVED"}
    assert "waiting" not in stage.batch()
    assert stage.lease()["execution"] == f"{NEXT}-r1"
    assert stage.lease()["fence"] == 7
    assert stage.executions() == [f"{BATCH}-r1", f"{NEXT}-r1"]
    assert [(mail["Subject"], mail["Message"]) for mail in stage.mails()] == [("Done", "Well done")]
    assert metrics(capsys) == {"ArchivedFiles": 4}


def test_a_rejected_batch_is_archived_as_invalid_and_done(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.has_batch(validate_outcome="rejected", verdict=stage.has_verdict(a="rejected"))
    answer = stage.cleanup("VALIDATION_FAILED")
    assert (answer["state"], answer["invalid"]) == ("DONE", 1)
    assert len(stage.keys(INVALID)) == 1
    assert stage.batch()["ending"] == "VALIDATION_FAILED"
    assert metrics(capsys) == {"ArchivedFiles": 1, "RejectedBatches": 1}


FAILURES = {
    "validate left nothing": ({}, "VALIDATION_FAILED", "FAILED in validate"),
    "validate was fatal": ({"validate_outcome": "fatal"}, "VALIDATION_FAILED", "in validate"),
    "transform left nothing": (
        {"validate_outcome": "accepted"},
        "TRANSFORMATION_FAILED",
        "FAILED in transform",
    ),
    "transform was fatal": (
        {"validate_outcome": "partial", "transform_outcome": "fatal"},
        "TRANSFORMATION_FAILED",
        "in transform",
    ),
}


@pytest.mark.parametrize(("outcomes", "ending", "said"), FAILURES.values(), ids=FAILURES)
def test_a_failure_archives_nothing_and_does_not_block_the_next(
    outcomes: dict[str, Any],
    ending: str,
    said: str,
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage.has_batch(verdict=stage.has_verdict(a="accepted"), **outcomes)
    stage.has_next()
    answer = stage.cleanup(ending)
    assert (answer["state"], answer["started"]) == ("FAILED", f"{NEXT}-r1")
    assert stage.keys("landing/") == ["landing/orders/a.csv"]
    assert stage.keys("archive/") == []
    assert stage.batch()["waiting"] == BATCH
    (mail,) = stage.mails()
    assert said in mail["Subject"]
    assert f"start_batch.sh --again {BATCH}" in mail["Message"]
    assert metrics(capsys) == {"FailedExecutions": 1}


def test_an_abort_after_the_work_was_done_archives(stage: Stage) -> None:
    outcomes: dict[str, Any] = {"validate_outcome": "accepted", "transform_outcome": "done"}
    stage.has_batch("RUNNING", verdict=stage.has_verdict(a="accepted"), **outcomes)
    stage.stop()
    assert stage.status_change("ABORTED")["state"] == "DONE"
    assert stage.keys("landing/") == []
    assert stage.batch()["ending"] == "SUCCESS"


def test_an_abort_before_is_a_failure_and_told(stage: Stage) -> None:
    stage.has_batch("RUNNING", validate_outcome="accepted", verdict=stage.has_verdict(a="accepted"))
    stage.stop()
    assert stage.status_change("ABORTED")["state"] == "FAILED"
    assert "execution" not in stage.lease()
    assert "transform left no outcome" in stage.mails()[0]["Message"]


def test_what_validate_said_is_not_told_of_a_transform_that_died(stage: Stage) -> None:
    stage.has_batch(validate_outcome="partial", alert_subject="All fine", alert_message="Really")
    stage.cleanup("TRANSFORMATION_FAILED")
    assert "FAILED in transform" in stage.mails()[0]["Subject"]


def test_no_second_alert_where_the_state_machine_told(stage: Stage) -> None:
    stage.has_batch(validate_outcome="accepted", alerted_at="2026-01-02T03:10:00Z")
    stage.cleanup("TRANSFORMATION_FAILED")
    assert stage.mails() == []


def test_the_row_counts_not_the_status_given(stage: Stage) -> None:
    stage.has_batch(validate_outcome="accepted", verdict=stage.has_verdict(a="accepted"))
    answer = stage.cleanup("SUCCESS")
    assert answer["state"] == "FAILED"
    assert answer["note"] == "told SUCCESS, the row says TRANSFORMATION_FAILED: it counts"
    assert stage.keys("archive/") == []


def test_an_execution_that_runs_is_refused(stage: Stage) -> None:
    stage.has_batch("RUNNING", validate_outcome="accepted")
    before = stage.seen()
    answer = stage.cleanup("SUCCESS")
    assert (answer["state"], answer["note"]) == ("RUNNING", "the execution is running")
    assert stage.seen() == before
    assert stage.mails() == []


def test_an_execution_that_was_not_started_is_left_to_the_sweeper(stage: Stage) -> None:
    stage.has_batch("RUNNING", execution=f"{BATCH}-r1")
    stage.table.write(Update(batch_key(BATCH), set={"execution": f"{BATCH}-r2"}))
    answer = stage.cleanup("SUCCESS", stage.arn(f"{BATCH}-r2"))
    assert answer["note"] == "the execution has not been started yet"
    assert stage.batch()["state"] == "RUNNING"


UNKNOWN = {
    "another account": ("arn:aws:states:eu-west-1:999999999999:execution:order-pipeline:x-r1", 1),
    "another machine": ("arn:aws:states:eu-west-1:123456789012:execution:others:x-r1", 1),
    "no row": ("arn:aws:states:eu-west-1:123456789012:execution:order-pipeline:x-r1", 2),
    "no run in its name": ("arn:aws:states:eu-west-1:123456789012:execution:order-pipeline:ü@1", 2),
}


@pytest.mark.parametrize(("arn", "which"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_execution_is_known_as_such(arn: str, which: int, stage: Stage) -> None:
    stage.has_batch(validate_outcome="rejected", verdict=stage.has_verdict(a="rejected"))
    before = stage.seen()
    answer = stage.cleanup("SUCCESS", arn)
    notes = {1: "the execution is not of this pipeline", 2: "no batch belongs to the execution"}
    assert answer["note"] == notes[which]
    assert answer["more"] is False
    assert stage.seen() == before


@pytest.mark.parametrize(("current", "asked"), [("r2", "r1"), ("r1", "r2")])
def test_a_run_that_is_not_the_current_one_touches_nothing(
    current: str, asked: str, stage: Stage
) -> None:
    stage.has_batch("RUNNING", execution=f"{BATCH}-{current}")
    before = stage.seen()
    answer = stage.cleanup("SUCCESS", stage.arn(f"{BATCH}-{asked}"))
    assert answer["note"] == "the execution is not the batch's current run"
    assert stage.seen() == before


def test_a_batch_that_waits_again_is_left_alone(stage: Stage) -> None:
    stage.has_batch("WAITING", leased=False)
    stage.has_lease("another-r1")
    before = stage.seen()
    assert stage.cleanup("SUCCESS")["note"] == "the batch waits to be run again"
    assert stage.seen() == before


def test_the_lease_of_another_execution_is_not_touched(stage: Stage) -> None:
    stage.has_batch(validate_outcome="accepted", leased=False)
    stage.has_lease(f"{NEXT}-r1")
    stage.has_next()
    assert stage.cleanup("TRANSFORMATION_FAILED")["state"] == "FAILED"
    assert stage.lease()["execution"] == f"{NEXT}-r1"
    assert stage.executions() == [f"{BATCH}-r1"]


BAD_EVENTS = {
    "no object": ["x"],
    "empty": {},
    "a status of Step Functions": {"status": "ABORTED"},
    "no status": {"status": None},
    "no ARN": {"executionArn": "order-pipeline:x"},
    "no state machine": {"stepFunctionArn": ""},
    "no detail": {"detail-type": "Step Functions Execution Status Change"},
}


@pytest.mark.parametrize("wrong", BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_another_input_is_refused_with_the_form_that_is_wanted(wrong, stage: Stage) -> None:
    good = {
        "executionArn": stage.arn(),
        "status": "SUCCESS",
        "stepFunctionArn": stage.machine,
    }
    event = good | wrong if wrong and isinstance(wrong, dict) else wrong
    with pytest.raises(UsageError, match="VALIDATION_FAILED"):
        stage.handle(event)


def test_a_newer_upload_under_the_same_key_survives(stage: Stage) -> None:
    verdict = stage.has_verdict(a="accepted")
    newer = stage.s3.put_object(Bucket=BUCKET, Key="landing/orders/a.csv", Body=b"newer")
    stage.has_batch(validate_outcome="accepted", transform_outcome="done", verdict=verdict)
    stage.cleanup()
    (left,) = stage.s3.list_object_versions(Bucket=BUCKET, Prefix="landing/")["Versions"]
    assert left["VersionId"] == newer["VersionId"]
    assert stage.contents("landing/") == [b"newer"]
    assert stage.contents("archive/") == [b"id\n1\n"]

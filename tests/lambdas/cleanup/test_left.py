"""Files that S3 does not let cleanup move: now, for a while, or until a person acts."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from spark_jobs.batch.archive import archive_key
from spark_jobs.facts.aws import Archive
from tests.lambdas.cleanup.metrics import metrics
from tests.lambdas.cleanup.stage import BATCH, BUCKET, DONE, NEXT, Stage


def refuse(stage: Stage, operation: str, code: str, status: int) -> None:
    """S3 refuses this operation from now on."""

    def act(called: str) -> None:
        if called == operation:
            answer = {
                "Error": {"Code": code},
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
            raise ClientError(answer, operation)

    stage.hook("before-call", act)


@pytest.mark.parametrize("state", ["FINISHING", "RUNNING"])
def test_files_that_may_not_be_moved_keep_the_batch_open_and_no_other_waiting(
    state: str, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.has_batch(state, verdict=stage.has_verdict(a="accepted", b="accepted"), **DONE)
    stage.stop()
    stage.has_next()
    refuse(stage, "CopyObject", "AccessDenied", 403)
    answer = stage.status_change()
    assert (answer["left"], answer["state"], answer["more"]) == (2, "FINISHING", False)
    assert answer["started"] == stage.lease()["execution"] == f"{NEXT}-r1"
    assert {"waiting", "finished_at"} & stage.batch().keys() == {"waiting"}
    (mail,) = stage.mails()
    assert "Left in landing (2)" in mail["Message"]
    for _ in range(2):  # the sweep comes each minute
        assert stage.status_change()["left"] == 2
    assert stage.mails() == []
    assert metrics(capsys) == {"ArchivedFiles": 0, "LeftFiles": 2}
    stage.forget_hooks()
    healed = stage.status_change()
    assert (healed["processed"], healed["state"]) == (2, "DONE")
    assert stage.keys("landing/") == []
    assert (stage.mails(), "waiting" in stage.batch()) == ([], False)
    assert stage.lease()["execution"] == f"{NEXT}-r1"


def test_a_rejected_batch_counts_when_its_last_file_is_archived(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = stage.has_verdict(a="rejected")
    stage.has_batch(validate_outcome="rejected", verdict=verdict, alerted_at="before")
    refuse(stage, "DeleteObject", "AccessDenied", 403)
    assert stage.cleanup("VALIDATION_FAILED")["state"] == "FINISHING"
    assert metrics(capsys) == {"ArchivedFiles": 0, "LeftFiles": 1}
    stage.forget_hooks()
    assert stage.cleanup("VALIDATION_FAILED")["state"] == "DONE"
    assert metrics(capsys) == {"ArchivedFiles": 1, "RejectedBatches": 1}


def test_a_busy_s3_keeps_the_batch_for_the_next_call(stage: Stage) -> None:
    stage.has_batch(verdict=stage.has_verdict(a="accepted"), **DONE)
    refuse(stage, "CopyObject", "SlowDown", 503)
    with pytest.raises(ClientError):
        stage.cleanup()
    assert stage.batch()["state"] == "FINISHING"
    stage.forget_hooks()
    assert stage.cleanup()["state"] == "DONE"


def test_a_copy_that_differs_deletes_nothing_and_is_made_again(stage: Stage) -> None:
    stage.has_batch(verdict=stage.has_verdict(a="accepted"), **DONE)

    def spoil(called: str) -> None:
        if called == "CopyObject":
            stage.s3.put_object(Bucket=BUCKET, Key=target, Body=b"id\n2\n")

    (row,) = stage.table.of_batch("file", BATCH)
    target = archive_key(Archive.PROCESSED, BATCH, row["version_id"], row["key"], "landing/")
    stage.hook("after-call", spoil)
    assert stage.cleanup()["left"] == 1
    assert stage.contents("landing/") == [b"id\n1\n"]
    stage.forget_hooks()
    stage.stop()
    assert stage.status_change()["state"] == "DONE"
    assert (stage.contents("landing/"), stage.contents(target)) == ([], [b"id\n1\n"])


def test_a_file_that_was_copied_but_not_deleted_is_not_copied_again(stage: Stage) -> None:
    stage.has_batch(verdict=stage.has_verdict(a="accepted"), **DONE)
    refuse(stage, "DeleteObject", "AccessDenied", 403)
    assert stage.cleanup()["left"] == 1
    (copy,) = stage.s3.list_object_versions(Bucket=BUCKET, Prefix="archive/")["Versions"]
    stage.forget_hooks()
    assert stage.cleanup()["processed"] == 1
    (kept,) = stage.s3.list_object_versions(Bucket=BUCKET, Prefix="archive/")["Versions"]
    assert kept["VersionId"] == copy["VersionId"]
    assert stage.keys("landing/") == []

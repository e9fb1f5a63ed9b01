"""Files on their way into the archive: in pieces, large, gone, and those that cannot be moved."""

from __future__ import annotations

import pytest

from spark_jobs.batch import archive
from spark_jobs.batch.archive import MOST_KEY_BYTES, Moved, archive_key
from spark_jobs.batch.files import batch_key
from spark_jobs.batch.manifest import ManifestFile
from spark_jobs.batch.table import Update
from spark_jobs.facts.aws import Archive
from step_functions.lambdas.cleanup import handler
from tests.lambdas.cleanup.stage import BATCH, BUCKET, DONE, HERE, LAKE, Stage


def test_work_is_cut_in_pieces_and_each_gets_on(stage: Stage) -> None:
    stage.has_batch(verdict=stage.has_verdict(a="accepted", b="accepted", c="accepted"), **DONE)
    stage.has_next()
    stage.time_left = handler.RESERVE_MILLISECONDS
    said = [stage.cleanup() for _ in range(3)]
    assert [(one["more"], one["state"], one["processed"]) for one in said] == [
        (True, "FINISHING", 1),
        (True, "FINISHING", 1),
        (False, "DONE", 1),
    ]
    assert stage.keys("landing/") == []


def test_the_lease_is_held_while_there_is_more(stage: Stage) -> None:
    stage.has_batch(verdict=stage.has_verdict(a="accepted", b="accepted"), **DONE)
    stage.time_left = 0
    stage.status_change("TIMED_OUT")
    assert stage.lease()["execution"] == f"{BATCH}-r1"


@pytest.mark.parametrize("size", [5 * 2**20, 5 * 2**20 + 1, 11 * 2**20])
def test_a_large_file_is_copied_in_parts(
    size: int, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MULTIPART_BYTES", 5 * 2**20)
    monkeypatch.setattr(archive, "PART_BYTES", 5 * 2**20)
    calls: list[str] = []
    stage.hook("before-call", calls.append)
    file = stage.has_file("landing/large ü&?+%20.csv", b"0123456789"[: size % 7 + 1] * size)
    stage.has_batch(verdict=stage.has_verdict_on([file | {"verdict": "accepted"}]), **DONE)
    assert stage.cleanup()["processed"] == 1
    assert ("UploadPartCopy" in calls) is (file["size"] > 5 * 2**20)
    assert [len(content) for content in stage.contents("archive/")] == [file["size"]]
    assert stage.keys("landing/") == []


def test_what_is_gone_is_noted_and_told(stage: Stage) -> None:
    verdict = stage.has_verdict(a="accepted", b="accepted")
    stage.has_batch(verdict=verdict, **DONE)
    versions = stage.s3.list_object_versions(Bucket=BUCKET, Prefix="landing/orders/a")["Versions"]
    stage.s3.delete_object(
        Bucket=BUCKET, Key="landing/orders/a.csv", VersionId=versions[0]["VersionId"]
    )
    answer = stage.cleanup()
    assert (answer["gone"], answer["processed"], answer["state"]) == (1, 1, "DONE")
    assert stage.files() == {"landing/orders/a.csv": "GONE", "landing/orders/b.csv": "ARCHIVED"}
    (mail,) = stage.mails()
    assert "Gone (1)" in mail["Message"]
    stage.cleanup()
    assert stage.mails() == []


def test_a_deletion_mark_upon_it_hinders_nothing(stage: Stage) -> None:
    stage.has_batch(verdict=stage.has_verdict(a="accepted"), **DONE)
    stage.s3.delete_object(Bucket=BUCKET, Key="landing/orders/a.csv")
    assert stage.cleanup()["processed"] == 1


@pytest.mark.parametrize("overwritten", [False, True])
def test_what_came_before_versioning_is_moved_unless_it_was_overwritten(
    overwritten: bool, stage: Stage
) -> None:
    stage.s3.create_bucket(Bucket="old", **HERE)
    file = {"Bucket": "old", "Key": "landing/a.csv"}
    etag = stage.s3.put_object(**file, Body=b"first")["ETag"]
    if overwritten:
        stage.s3.put_object(**file, Body=b"other")
    stage.s3.put_bucket_versioning(Bucket="old", VersioningConfiguration={"Status": "Enabled"})
    version = ManifestFile("old", "landing/a.csv", "null", etag, 5, "")
    moved = archive.move(stage.s3, version, "archive/a.csv")
    assert moved is (Moved.GONE if overwritten else Moved.ARCHIVED)
    left = stage.s3.list_object_versions(Bucket="old")["Versions"]
    assert [each["Key"] for each in left] == ["landing/a.csv" if overwritten else "archive/a.csv"]


def test_a_skipped_file_is_archived_as_processed_whatever_became_of_its_content_before(
    stage: Stage,
) -> None:
    files = [
        stage.has_file(f"landing/{code}.csv") | {"verdict": "skipped", "problems": [{"code": code}]}
        for code in ("received_before", "rejected_before")
    ]
    stage.has_batch(verdict=stage.has_verdict_on(files), **DONE)
    stage.cleanup()
    assert len(stage.keys(f"archive/processed/{BATCH}/")) == len(files)


TROUBLE = {
    "there is none": "s3://orders-lake/nowhere",
    "no address": "",
    "no JSON": "s3://orders-lake/text",
    "another shape": "s3://orders-lake/list",
}


@pytest.mark.parametrize("address", TROUBLE.values(), ids=TROUBLE)
def test_without_a_verdict_nothing_is_archived(address: str, stage: Stage) -> None:
    stage.s3.put_object(Bucket=LAKE, Key="text", Body=b"not JSON")
    stage.s3.put_object(Bucket=LAKE, Key="list", Body=b'{"files": [{"verdict": "fine"}]}')
    stage.has_verdict(a="accepted")
    stage.has_batch(verdict=address, **DONE)
    assert stage.cleanup()["state"] == "FAILED"
    assert stage.keys("landing/") == ["landing/orders/a.csv"]
    (mail,) = stage.mails()
    assert "Nothing was archived" in mail["Message"]


def test_a_verdict_that_forgets_a_file_archives_nothing(stage: Stage) -> None:
    verdict = stage.has_verdict(a="accepted")
    stage.has_file("landing/orders/forgotten.csv")
    stage.has_batch(verdict=verdict, **DONE)
    assert stage.cleanup()["state"] == "FAILED"
    assert stage.keys("archive/") == []


def test_a_verdict_that_names_a_version_twice_archives_nothing(stage: Stage) -> None:
    file = stage.has_file("landing/a.csv")
    verdict = stage.has_verdict_on([file | {"verdict": v} for v in ("accepted", "rejected")])
    stage.has_batch(verdict=verdict, **DONE)
    assert stage.cleanup()["state"] == "FAILED"
    assert stage.keys("archive/") == []
    (mail,) = stage.mails()
    assert "names 2 files, not exactly the 1 of the batch" in mail["Message"]


def test_a_verdict_on_a_file_of_another_batch_archives_nothing(stage: Stage) -> None:
    files = [
        stage.has_file("landing/a.csv"),
        stage.has_file("landing/b.csv", batch="another"),
    ]
    verdict = stage.has_verdict_on([file | {"verdict": "rejected"} for file in files])
    stage.has_batch(verdict=verdict, **DONE)
    assert stage.cleanup()["state"] == "FAILED"
    assert stage.keys("archive/") == []


def test_an_outcome_that_comes_at_the_last_moment_counts(stage: Stage) -> None:
    verdict = stage.has_verdict(a="accepted")
    stage.has_batch(validate_outcome="accepted", verdict=verdict, alerted_at="before")
    came: list[str] = []

    def finish(called: str) -> None:
        if called == "TransactWriteItems" and not came:
            came.append(called)
            stage.table.write(Update(batch_key(BATCH), set={"transform_outcome": "done"}))

    stage.hook("before-call", finish)
    assert stage.cleanup("TRANSFORMATION_FAILED")["state"] == "DONE"
    assert stage.keys("landing/") == []


@pytest.mark.parametrize("name", ["a.csv", "ü" * 500 + ".csv", "x" * 1010])
def test_a_key_in_the_archive_is_never_too_long(name: str) -> None:
    key = archive_key(Archive.INVALID, BATCH, "v" * 32, f"landing/{name}", "landing/")
    assert len(key.encode()) <= MOST_KEY_BYTES
    other = archive_key(Archive.INVALID, BATCH, "v" * 32, f"landing/{name}x", "landing/")
    assert key != other

"""What a manifest names is what is judged: those versions, all of them, and nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from spark_jobs.batch.manifest import Manifest, ManifestFile
from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import ConfigurationError, TransientError
from spark_jobs.facts.words import Outcome
from spark_jobs.pipeline import RunOptions
from spark_jobs.pipeline.aws import received
from spark_jobs.pipeline.aws.environment import TaskEnvironment
from spark_jobs.pipeline.aws.received import fetch_files
from spark_jobs.pipeline.documents import TOTALS
from spark_jobs.storage.s3 import Download, download
from tests.builders import a_shop_file, an_order
from tests.pipeline.aws.cloud import LAKE, LANDING, Cloud
from tests.pipeline.shop import (
    EVENING,
    MORNING,
    a_landing,
    assert_fits_schema,
    orders_with_bad_ones,
    rows,
)


def csv_of(folder: Path, *orders: str) -> bytes:
    """A file of these orders."""
    return a_shop_file(folder / "x.csv", [an_order(number) for number in orders]).read_bytes()


def drop_one(cloud: Cloud, key: str, body: bytes, at: datetime) -> str:
    """A batch of one file; its id."""
    cloud.put(key, body, at)
    return cloud.start()


def test_every_version_of_the_manifest_is_judged_and_no_other(cloud: Cloud, tmp_path: Path) -> None:
    first = cloud.put("orders/a.csv", csv_of(tmp_path, "1"), MORNING)
    second = cloud.put("orders/a.csv", csv_of(tmp_path, "1", "2"), EVENING)
    cloud.put("notes/read me.txt", b"dear\n", EVENING)
    batch_id = cloud.start()
    cloud.s3.put_object(Bucket=LANDING, Key="landing/orders/a.csv", Body=b"not of the batch")
    assert cloud.run_both(batch_id) == [Outcome.PARTIAL, Outcome.DONE]
    told = {
        file["name"]: (file["verdict"], file["records"], file["key"], file["version_id"])
        for file in cloud.verdict(batch_id)["files"]
    }
    notes = told.pop("notes/read me.txt")
    assert notes[0] == "rejected"
    assert told == {
        "orders/a.csv": ("accepted", 1, "landing/orders/a.csv", first),
        f"orders/a.csv (version {second})": ("accepted", 2, "landing/orders/a.csv", second),
    }
    stored = {row["order_id"]: row["received_at"] for row in rows(cloud.engine, "orders")}
    assert stored.keys() == {"1", "2"}
    assert stored["2"].hour == EVENING.hour


def test_a_rejected_batch_is_in_the_tables_after_the_next_one(cloud: Cloud, tmp_path: Path) -> None:
    a_shop_file(tmp_path / "bad" / "orders" / "x.csv", orders_with_bad_ones(1, 9))
    bad = cloud.drop(tmp_path / "bad", MORNING)
    assert cloud.run_both(bad) == [Outcome.REJECTED]
    row = cloud.row(bad)
    assert row["validate_code"] == "too_many_bad_records"
    assert "was rejected" in row["alert_message"]
    assert cloud.engine.table_names() == []
    assert cloud.kpis() == [[], []]
    again = cloud.drop(tmp_path / "bad", EVENING)
    assert cloud.run_both(again) == [Outcome.ACCEPTED, Outcome.DONE]
    [file] = cloud.verdict(again)["files"]
    assert (file["verdict"], file["problems"][0]["code"]) == ("skipped", "rejected_before")
    assert ", 1 file rejected before, 0 days changed" in cloud.row(again)["alert_subject"]
    told = {
        (row["file"], row["batch_id"], row["verdict"], row["records"])
        for row in rows(cloud.engine, "received_files")
    }
    assert told == {("orders/x.csv", bad, "rejected", 10)}
    batches = {row["batch_id"]: row["sequence"] for row in rows(cloud.engine, "batches")}
    assert batches == {bad: 1, again: 2}
    assert list(cloud.table.all("history")) == []
    assert f"verdicts/{bad}/verdict.json" in cloud.keys("verdicts/")


def test_what_must_not_be_repeated_is_left_as_fatal_and_told(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)
    monkeypatch.setattr(received, "ROOM", 10**15)
    assert cloud.run(Task.VALIDATE, batch_id) is Outcome.FATAL
    row = cloud.row(batch_id)
    assert row["validate_code"] == "configuration"
    assert "bytes are needed for files of" in row["alert_message"]
    assert cloud.keys("staged/") == []
    monkeypatch.undo()
    assert cloud.run(Task.VALIDATE, batch_id) is Outcome.FATAL  # what stands there counts
    assert cloud.keys("staged/") == []


def test_bytes_that_are_not_the_versions_are_not_judged(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)

    def damaged(s3: object, wanted: list[Download]) -> None:
        download(s3, wanted)
        data = bytearray(wanted[0].path.read_bytes())
        data[-3] ^= 1
        wanted[0].path.write_bytes(data)

    monkeypatch.setattr(received, "download", damaged)
    with pytest.raises(TransientError, match="have not the object's"):
        cloud.run(Task.VALIDATE, batch_id)
    assert "validate_outcome" not in cloud.row(batch_id)


def test_a_version_that_was_removed_is_rejected_alone(cloud: Cloud, tmp_path: Path) -> None:
    version = cloud.put("orders/gone.csv", csv_of(tmp_path, "1"), MORNING)
    cloud.put("orders/a.csv", csv_of(tmp_path, "2"), MORNING)
    batch_id = cloud.start()
    cloud.s3.delete_object(Bucket=LANDING, Key="landing/orders/gone.csv", VersionId=version)
    assert cloud.run_both(batch_id) == [Outcome.PARTIAL, Outcome.DONE]
    document = cloud.verdict(batch_id)
    assert_fits_schema(document)
    gone, read = sorted(document["files"], key=lambda file: str(file["verdict"]), reverse=True)
    assert (gone["verdict"], gone["version_id"]) == ("rejected", version)
    assert [gone[name] for name in TOTALS] == [0, 0, 0, 0]
    assert [problem["code"] for problem in gone["problems"]] == ["version_gone"]
    assert (read["verdict"], read["records"], read["staged"]) == ("accepted", 1, 1)
    assert [document["totals"][name] for name in TOTALS] == [1, 1, 0, 0]
    assert "upload the file again" in cloud.row(batch_id)["alert_message"]
    assert {row["sk"].partition("#")[0] for row in cloud.table.all("content")} == {read["sha256"]}
    assert [row["order_id"] for row in rows(cloud.engine, "orders")] == ["2"]
    again = drop_one(cloud, "orders/gone.csv", csv_of(tmp_path, "1"), EVENING)
    assert cloud.run_both(again) == [Outcome.ACCEPTED, Outcome.DONE]
    assert [row["order_id"] for row in rows(cloud.engine, "orders")] == ["1", "2"]


def test_a_batch_of_which_nothing_is_left_is_rejected_and_does_not_block(
    cloud: Cloud, tmp_path: Path
) -> None:
    version = cloud.put("orders/a.csv", csv_of(tmp_path, "1"), MORNING)
    bad = cloud.start()
    cloud.s3.delete_object(Bucket=LANDING, Key="landing/orders/a.csv", VersionId=version)
    assert cloud.run_both(bad) == [Outcome.REJECTED]
    assert cloud.row(bad)["validate_code"] == "version_gone"
    assert list(cloud.table.all("content")) == []
    later = drop_one(cloud, "orders/a.csv", csv_of(tmp_path, "1"), EVENING)
    assert cloud.run_both(later) == [Outcome.ACCEPTED, Outcome.DONE]
    told = {(row["batch_id"], row["verdict"]) for row in rows(cloud.engine, "received_files")}
    assert told == {(bad, "rejected"), (later, "accepted")}


def test_one_version_gone_rejects_all_where_that_is_asked_for(cloud: Cloud, tmp_path: Path) -> None:
    version = cloud.put("orders/gone.csv", csv_of(tmp_path, "1"), MORNING)
    cloud.put("orders/a.csv", csv_of(tmp_path, "2"), MORNING)
    batch_id = cloud.start()
    cloud.s3.delete_object(Bucket=LANDING, Key="landing/orders/gone.csv", VersionId=version)
    options = RunOptions(all_or_nothing=True)
    assert cloud.run(Task.VALIDATE, batch_id, options) is Outcome.REJECTED


def test_a_bucket_that_is_missing_is_no_removed_version(cloud: Cloud, tmp_path: Path) -> None:
    file = ManifestFile("nowhere", "landing/orders/a.csv", "v", '"e"', 1, MORNING.isoformat())
    with pytest.raises(ClientError, match="HeadBucket"):
        fetch_files(cloud.s3, Manifest("b", "", (file,)), tmp_path, "landing/", lambda *_: None)


GARBAGE = [b"", b"\xff", b"[]", b'{"schema_version": 1}', b'{"schema_version": 1, "files": [7]}']
A_FILE = (
    b'{"bucket": "b", "key": "k", "version_id": "v", "etag": "e", "received_at": "%b", "size": %b}'
)
MANIFEST = b'{"schema_version": 1, "batch_id": "b", "created_at": "", "files": [' + A_FILE + b"]}"


@pytest.mark.parametrize(
    "body",
    [None, *GARBAGE, MANIFEST % (b"yesterday", b"1"), MANIFEST % (b"2026-06-01", b'"1"')],
)
def test_what_is_no_manifest_is_fatal(cloud: Cloud, tmp_path: Path, body: bytes | None) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)
    key = f"manifests/{batch_id}.json"
    cloud.s3.delete_object(Bucket=LAKE, Key=key)
    if body is not None:
        cloud.s3.put_object(Bucket=LAKE, Key=key, Body=body)
    assert cloud.run(Task.VALIDATE, batch_id) is Outcome.FATAL
    row = cloud.row(batch_id)
    assert row["validate_code"] == "unreadable_document"
    assert f"s3://{LAKE}/{key}" in row["alert_message"]


@pytest.mark.parametrize("body", [None, *GARBAGE])
def test_what_is_no_verdict_is_fatal(cloud: Cloud, tmp_path: Path, body: bytes | None) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)
    if body is not None:
        key = f"staged/{batch_id}/r1/verdict.json"
        cloud.s3.put_object(Bucket=LAKE, Key=key, Body=body)
        assert cloud.run(Task.VALIDATE, batch_id) is Outcome.FATAL
        assert cloud.row(batch_id)["validate_code"] == "unreadable_document"
    assert cloud.run(Task.TRANSFORM, batch_id) is Outcome.FATAL
    assert "verdict" in cloud.row(batch_id)["alert_message"]


@pytest.mark.parametrize("body", [None, b"{"])
def test_a_rejected_batch_whose_verdict_is_lost_does_not_block_the_next(
    cloud: Cloud, tmp_path: Path, body: bytes | None
) -> None:
    a_shop_file(tmp_path / "bad" / "orders" / "x.csv", orders_with_bad_ones(1, 9))
    bad = cloud.drop(tmp_path / "bad", MORNING)
    assert cloud.run_both(bad) == [Outcome.REJECTED]
    key = f"staged/{bad}/r1/verdict.json"
    cloud.s3.delete_object(Bucket=LAKE, Key=key)
    if body is not None:
        cloud.s3.put_object(Bucket=LAKE, Key=key, Body=body)
    later = cloud.drop(a_landing(tmp_path / "in"), EVENING)
    assert cloud.run_both(later) == [Outcome.ACCEPTED, Outcome.DONE]
    told = [said for said in cloud.said if said["message"].startswith("history of")]
    assert [said["rejected"] for said in told] == [bad]


def test_missing_variables_are_told_together() -> None:
    with pytest.raises(ConfigurationError) as told:
        TaskEnvironment.read({"ORDERS_BATCH": "b"}, Task.TRANSFORM)
    for name in ("ORDERS_EXECUTION", "ORDERS_STATE_TABLE", "ORDERS_CATEGORY_KPI_TABLE"):
        assert name in str(told.value)
    assert "ORDERS_BATCH" not in str(told.value)

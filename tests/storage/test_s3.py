"""Objects to and from S3: versions, parts, and documents that are written once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from spark_jobs.batch.objects import put_once, read
from spark_jobs.facts.errors import TransientError
from spark_jobs.storage.s3 import (
    Download,
    GoneError,
    download,
    remove,
    upload,
    verify,
)
from tests.support.aws_server import CREDENTIALS, REGION

BUCKET = "lake"
"""Another for each test: others' tests may have an AWS in this process too."""
LARGE = 40 * 2**20


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(globals(), "BUCKET", f"lake-{uuid4().hex}")
    with mock_aws():
        client = boto3.client("s3")
        place = {"LocationConstraint": REGION}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        enabled = {"Status": "Enabled"}
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=enabled)
        yield client


def wanted(tmp_path: Path, size: int, version: str = "", etag: str = "") -> Download:
    return Download(BUCKET, "a/ü\n.csv", size, tmp_path / "0", version, etag)


def test_the_very_version_comes_whatever_is_current(s3: Any, tmp_path: Path) -> None:
    first = s3.put_object(Bucket=BUCKET, Key="a/ü\n.csv", Body=b"one")
    s3.put_object(Bucket=BUCKET, Key="a/ü\n.csv", Body=b"other")
    one = wanted(tmp_path, 3, first["VersionId"], first["ETag"])
    download(s3, [one])
    assert one.path.read_bytes() == b"one"
    assert verify(s3, [one]) in (["ChecksumCRC32"], ["ETag"])
    one.path.write_bytes(b"onf")
    with pytest.raises(TransientError, match=r"a/ü\\n\.csv: the bytes that came"):
        verify(s3, [one])


def test_what_is_not_there_or_of_another_size_is_named(s3: Any, tmp_path: Path) -> None:
    s3.put_object(Bucket=BUCKET, Key="a/ü\n.csv", Body=b"one")
    with pytest.raises(TransientError, match="3 bytes came instead of 4"):
        download(s3, [wanted(tmp_path, 4)])
    s3.delete_object(Bucket=BUCKET, Key="a/ü\n.csv")
    with pytest.raises(GoneError, match="not there any more"):
        download(s3, [wanted(tmp_path, 3)])


def test_large_files_go_and_come_in_parts(s3: Any, tmp_path: Path) -> None:
    source = tmp_path / "large"
    source.write_bytes(bytes(range(256)) * (LARGE // 256))
    upload(s3, BUCKET, [(source, "a/ü\n.csv")])
    head = s3.head_object(Bucket=BUCKET, Key="a/ü\n.csv")
    assert head["ETag"].strip('"').endswith("-3")
    one = wanted(tmp_path, LARGE, etag=head["ETag"])
    download(s3, [one])
    assert one.path.read_bytes() == source.read_bytes()
    assert set(tmp_path.iterdir()) == {one.path, source}


def test_a_document_is_written_once(s3: Any) -> None:
    assert read(s3, BUCKET, "verdict.json") is None
    assert put_once(s3, BUCKET, "verdict.json", b"first")
    assert not put_once(s3, BUCKET, "verdict.json", b"second")
    assert read(s3, BUCKET, "verdict.json") == b"first"
    remove(s3, BUCKET, ["verdict.json", "never there"])
    assert read(s3, BUCKET, "verdict.json") is None

"""What the state table remembers of contents: the same as SQLite does, under the lease."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from spark_jobs.batch.contents import Contents, sequence_of
from spark_jobs.batch.lease import LEASE
from spark_jobs.batch.received import Judgement, KnownFile, Registration
from spark_jobs.batch.table import StateTable, Update
from spark_jobs.facts.errors import FencedOutError
from tests.batch.aws.world import make_state_table
from tests.support.aws_server import CREDENTIALS

MORNING = datetime(2026, 6, 1, 8, 0, 0, 123456, tzinfo=UTC)
SHA = "a" * 64
FIRST, SECOND = "20260601T080000Z-000007", "20260601T090000Z-000008"


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contents]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("dynamodb")
        name = f"state-{uuid4().hex}"  # others' tests may have an AWS in this process too
        make_state_table(client, name)
        table = StateTable(client, name)
        table.write(Update(LEASE, set={"execution": "mine-r1"}))
        yield Contents(table, "mine-r1")


def a_content(sha256: str = SHA, *, name: str = "a.csv", later: int = 0) -> Registration:
    return Registration("orders", sha256, name, MORNING + timedelta(hours=later))


def judged(verdict: str, sha256: str = SHA) -> Judgement:
    return Judgement("orders", sha256, verdict, "code" if verdict == "rejected" else "", "marks")


def the_known(contents: Contents) -> KnownFile:
    [known] = contents.known([SHA])[SHA]
    return known


def test_the_first_time_and_name_of_a_content_stay(contents: Contents) -> None:
    assert contents.known([SHA]) == {}
    assert contents.register(FIRST, [a_content()]) == 7
    assert contents.register(FIRST, [a_content(name="b.csv", later=1)]) == 7
    unfinished = KnownFile("orders", SHA, "a.csv", MORNING, FIRST, None, None, None)
    assert the_known(contents) == unfinished
    assert contents.register(SECOND, [a_content(name="b.csv", later=1)]) == sequence_of(SECOND)
    assert the_known(contents).batch_id == SECOND
    assert the_known(contents).received_at == MORNING


def test_a_finished_content_is_its_batchs_unless_it_was_rejected(contents: Contents) -> None:
    contents.register(FIRST, [a_content()])
    contents.finish(FIRST, "accepted", [judged("accepted")])
    contents.register(SECOND, [a_content()])
    contents.finish(SECOND, "rejected", [judged("rejected")])
    known = the_known(contents)
    assert (known.batch_id, known.verdict, known.contracts) == (FIRST, "accepted", "marks")
    contents.finish(FIRST, "rejected", [judged("rejected")])
    contents.register(SECOND, [a_content()])
    assert (the_known(contents).batch_id, the_known(contents).verdict) == (SECOND, "rejected")


def test_many_contents_are_noted_and_judged(contents: Contents) -> None:
    many = [f"{number:064x}" for number in range(130)]
    contents.register(FIRST, [a_content(sha256) for sha256 in many])
    contents.finish(FIRST, "accepted", [judged("accepted", sha256) for sha256 in many])
    found = contents.known([*many, SHA])
    assert found.keys() == set(many)
    assert {known.verdict for [known] in found.values()} == {"accepted"}


def test_without_the_lease_nothing_is_written(contents: Contents) -> None:
    contents.register(FIRST, [a_content()])
    zombie = Contents(contents._table, "gone-r1")
    for write in (
        lambda: zombie.register(SECOND, [a_content(), a_content("b" * 64)]),
        lambda: zombie.finish(FIRST, "accepted", [judged("accepted")]),
        lambda: zombie.keep_history(FIRST, "s3://b/k"),
        zombie.draw_fence,
    ):
        with pytest.raises(FencedOutError):
            write()
    assert contents.known(["b" * 64]) == {}
    assert the_known(contents).verdict is None
    assert contents.histories() == []


def test_a_rejected_batch_waits_for_the_tables(contents: Contents) -> None:
    contents.keep_history(SECOND, "s3://b/second")
    contents.keep_history(FIRST, "s3://b/first")
    contents.keep_history(FIRST, "s3://b/first")
    assert contents.histories() == [(FIRST, "s3://b/first"), (SECOND, "s3://b/second")]
    contents.drop_history(FIRST)
    contents.drop_history(FIRST)
    assert contents.histories() == [(SECOND, "s3://b/second")]

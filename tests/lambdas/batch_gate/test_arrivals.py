"""What arrives is noted once, waits or is refused, and becomes a batch."""

from __future__ import annotations

import io
import json
import logging

import pytest

from spark_jobs.facts.errors import UsageError
from step_functions.lambdas.batch_gate.gate import logger
from tests.batch.aws.world import LANDING, created, queued

ORDERS, ITEMS = "landing/orders/part-1.csv", "landing/order_items/part-1.csv"


def test_a_batch_is_closed_and_started_when_a_file_of_each_dataset_is_there(world, gate):
    orders = world.drop(ORDERS)
    assert gate(queued(created(ORDERS, orders))) == {"batchItemFailures": []}
    assert world.executions() == {}
    items = world.drop(ITEMS)
    gate(queued(created(ITEMS, items)))
    (batch,) = world.batches()
    assert (batch["state"], batch["closed_by"], batch["run"]) == ("RUNNING", "threshold", 1)
    assert set(world.manifest(batch["sk"])) == {(ORDERS, orders), (ITEMS, items)}
    assert world.executions() == {f"{batch['sk']}-r1": "RUNNING"}
    assert batch["execution_arn"] == world.arn(f"{batch['sk']}-r1")
    given = world.states.describe_execution(executionArn=batch["execution_arn"])["input"]
    assert json.loads(given) == {
        "batch_id": batch["sk"],
        "run": 1,
        "manifest": batch["manifest"],
        "files": 2,
        "bytes": 16,
    }


def test_the_row_says_what_s3_says_of_the_version(world, gate):
    version = world.drop(ORDERS, b"12345")
    gate(queued(created(ORDERS, version)))
    head = world.s3.head_object(Bucket=LANDING, Key=ORDERS, VersionId=version)
    row = world.row(ORDERS, version)
    assert (row["size"], row["dataset"], row["state"]) == (5, "orders", "WAITING")
    assert row["etag"] == head["ETag"].strip('"')
    assert row["received_at"] == head["LastModified"].isoformat(timespec="seconds")


def test_an_event_told_again_changes_nothing(world, gate):
    version = world.drop(ORDERS)
    gate(queued(created(ORDERS, version), created(ORDERS, version)))
    before = world.row(ORDERS, version)
    gate(queued(created(ORDERS, version)))
    assert world.row(ORDERS, version) == before
    assert len(world.files()) == 1


def test_an_event_after_its_batch_is_done_changes_nothing(world, gate):
    version = world.drop(ORDERS)
    gate(queued(created(ORDERS, version)))
    gate({"close": True})
    world.s3.delete_object(Bucket=LANDING, Key=ORDERS, VersionId=version)
    before = world.row(ORDERS, version)
    gate(queued(created(ORDERS, version)))
    assert world.row(ORDERS, version) == before


def test_each_version_of_a_key_is_a_file_of_its_own(world, gate):
    versions = [world.drop(ORDERS, b"1"), world.drop(ORDERS, b"22")]
    gate(queued(*(created(ORDERS, version) for version in versions)))
    assert [world.row(ORDERS, version)["size"] for version in versions] == [1, 2]


def test_a_version_that_is_gone_is_no_error(world, gate):
    version = world.drop(ORDERS)
    world.s3.delete_object(Bucket=LANDING, Key=ORDERS, VersionId=version)
    assert gate(queued(created(ORDERS, version))) == {"batchItemFailures": []}
    assert world.files() == []


def test_a_key_is_taken_as_it_is_and_not_decoded(world, gate):
    key = "landing/orders/a+b %41 \u00e9\U0001f600.csv"
    version = world.drop(key)
    gate(queued(created(key, version)))
    assert world.row(key, version)["key"] == key


def test_a_folder_of_the_console_is_left_alone(world, gate):
    version = world.drop("landing/orders/", b"")
    gate(queued(created("landing/orders/", version)))
    gate({"sweep": True})
    assert world.files() == []
    assert world.versions("landing/") == [("landing/orders/", version)]


@pytest.mark.parametrize("key", ["archive/processed/b/v/orders.csv", "elsewhere/orders.csv"])
def test_what_lies_outside_landing_is_left_alone(world, gate, key):
    version = world.drop(key)
    gate(queued(created(key, version)))
    assert world.files() == []


def test_one_poisoned_message_does_not_hold_up_the_others(world, gate):
    version = world.drop(ORDERS)
    poison = [
        "no json",
        "[]",
        '{"source": "aws.s3"}',
        json.dumps({**created("a", "b"), "source": 1}),
    ]
    answer = gate(queued(*poison, created(ORDERS, version), created(ORDERS, version, "other")))
    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert failed == ["m0", "m1", "m2", "m3", "m5"]
    assert world.row(ORDERS, version)["state"] == "WAITING"


@pytest.mark.parametrize("event", [{}, None, [], {"sweep": False}, {"again": 1}, {"close": "now"}])
def test_an_unknown_request_is_told(gate, event):
    with pytest.raises(UsageError, match=r"does not know what to do.*send"):
        gate(event)


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("orders/x.csv", "orders"),
        ("order_items/2026/x.CSV.GZ", "order_items"),
        ("products.csv", "products"),
        ("shop/orders.csv.gz", "orders"),
        ("x.gz", ""),
    ],
)
def test_folder_else_stem_name_the_dataset(world, gate, name, dataset):
    key = f"landing/{name}"
    version = world.drop(key)
    gate(queued(created(key, version)))
    assert world.row(key, version)["dataset"] == dataset


def test_logs_and_metrics_are_ascii_lines_of_json(world, gate, capsys):
    log = io.StringIO()
    (to_stdout,) = logger.handlers
    assert isinstance(to_stdout, logging.StreamHandler)
    to_stdout.setStream(log)
    key = "landing/orders/\u202egnp.\n\U0001f600.csv"
    gate(queued(created(key, world.drop(key))))
    told = capsys.readouterr().out + log.getvalue()
    assert told.isascii()
    lines = [json.loads(line) for line in told.splitlines()]
    assert any(line.get("RefusedFiles") == [1.0] for line in lines)
    assert any("\\u202e" in line.get("key", "") for line in lines)

"""The rights of each role: as many as are used, and none that could be missed in silence."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

import pytest

from scripts.local_aws.stack import Stack
from tests.e2e import rights
from tests.e2e.acts import exits
from tests.e2e.busy import a_busy_hour
from tests.e2e.calls import RECORD, Calls
from tests.e2e.deliveries import SWEEP, impatient, rings, switched_off, taken
from tests.e2e.ledger import Version
from tests.e2e.rights import REVIEWED, Right, without
from tests.e2e.shop import a_shop
from tests.e2e.world import World

pytestmark = pytest.mark.timeout(900)
ATTEMPTS = 5
INSTANTLY = 0.001


def test_every_right_is_used_or_reviewed_and_none_is_missed(world: World, stack: Stack) -> None:
    account, calls = world.account, Calls(stack.files / RECORD)
    a_busy_hour(world)
    assert rights.denied(account, calls) == set()

    reviewed = REVIEWED["unused"]
    granted = rights.granted(account).keys()
    unused = granted - rights.used(account, calls)
    listed = [*reviewed, *REVIEWED["sometimes"]]
    assert sorted(str(right) for right in unused if not rights.is_listed(right, listed)) == []
    assert rights.stale(reviewed, unused) == []
    assert rights.stale(REVIEWED["sometimes"], granted) == []

    machine = calls.by(rights.roles(account)["state machine"])
    by_itself = {call.action for call in machine} - rights.calls_of_states(account)
    known = REVIEWED["calls_by_itself"].keys()
    assert by_itself - known == set()
    assert known - {right.action for right in granted if right.role == "state machine"} == set()
    dropped = [*(lack.right for lack in LACKS), *LACKS_OF_LAMBDAS]
    assert {right.role for right in granted - unused} == {right.role for right in dropped}


class Lack(NamedTuple):
    """A right that a batch cannot do without, how it fails, and what the mail says of it."""

    right: Right
    error: str
    words: str


LACKS = [
    Lack(
        Right("validate", "ReadLandedVersions", "s3:GetObjectVersion"),
        "ValidationFailed",
        "--log-stream-name validate/validate/",  # there is the rest
    ),
    Lack(
        Right("validate start", "PullItsImage", "ecr:BatchGetImage"),
        "ValidationFailed",
        "CannotPullContainerError",
    ),
    Lack(Right("state machine", "RunTasks", "ecs:RunTask"), "ValidationFailed", "ecs:RunTask"),
    Lack(
        Right("transform start", "WriteItsLog", "logs:PutLogEvents"),
        "TransformationFailed",
        "logs:PutLogEvents",
    ),
    Lack(
        Right("transform", "PublishKpis", "dynamodb:PutItem"),
        "TransformationFailed",
        "dynamodb:PutItem",
    ),
]
"""Of each role that a batch needs, in the order in which it meets them."""
TAKE_EVENTS = Right("gate", "TakeEventsFromTheQueue", "sqs:ReceiveMessage")
WRITE_MANIFESTS = Right("gate", "WriteManifests", "s3:PutObject")
START_BATCHES = Right("gate", "StartBatches", "states:StartExecution")
ARCHIVE_FILES = Right("cleanup", "ArchiveFiles", "s3:PutObject")
KEEP_THE_STATE = Right("cleanup", "KeepTheState", "dynamodb:UpdateItem")
LACKS_OF_LAMBDAS = (TAKE_EVENTS, WRITE_MANIFESTS, START_BATCHES, ARCHIVE_FILES, KEEP_THE_STATE)


def test_a_batch_that_lacks_a_right_fails_and_is_told_until_it_is_given_back(world: World) -> None:
    shop, told = a_shop(), 0
    versions: list[Version] = []
    for lack in LACKS:
        with ExitStack() as fault:
            fault.enter_context(world.waits(INSTANTLY))
            if lack.right.role == "validate":  # spare us attempts that end alike
                fault.enter_context(world.acts("validate", *[exits(1)] * (ATTEMPTS - 1)))
            fault.enter_context(without(world.account, lack.right))
            if versions:
                world.again(world.batch()["sk"])
            else:
                versions = world.drop(shop.files(orders=2))
            told += 1
            world.until(f"run {told} ends", partial(has_ended, world, run=told))
            failed = world.batch()
            ended = world.until_execution_ends(failed["execution"])
        assert (failed["state"], ended["status"], ended["error"]) == (
            "FAILED",
            "FAILED",
            lack.error,
        )
        mails = world.mails(failed["sk"])
        assert len(mails) == told
        assert f"scripts/start_batch.sh --again {failed['sk']}" in mails[-1].text
        assert lack.words in mails[-1].text
        assert not any(world.archived(version) for version in versions)
        assert world.kpis(shop.day) == ({}, {})

    assert any("Forbidden" in line for line in world.account.log("validate"))
    world.again(failed["sk"])
    (healed,) = world.at_rest()
    assert healed["validate_outcome"] == "accepted"
    assert world.account.execution(healed["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_gate_that_lacks_a_right_says_so_and_the_sweep_goes_on_where_it_failed(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with switched_off(account, SWEEP), impatient(account):
        with ExitStack() as fault:
            fault.enter_context(without(account, START_BATCHES))
            with without(account, WRITE_MANIFESTS):
                with without(account, TAKE_EVENTS):
                    versions = world.drop(shop.broken_files())
                    waiting = account.landing_queue
                    world.until("they wait", lambda: account.depth(waiting) == len(versions))
                    assert watched(world) == ["ApproximateAgeOfOldestMessage"]
                    assert world.batches() == []
                world.until("the gate tells it", lambda: errors(world, WRITE_MANIFESTS.action))
                assert_the_sweep_fails(world)
            assert_the_sweep_fails(world)
            assert errors(world, START_BATCHES.action)
            (batch,) = world.batches()
            assert (batch["state"], batch["files"]) == ("RUNNING", len(versions))
            assert account.executions()[-1]["name"] != batch["execution"]
        world.sweep()
        (healed,) = world.at_rest()
    assert (healed["sk"], healed["state"], healed["run"]) == (batch["sk"], "DONE", 1)
    assert {world.archived(version).split("/")[1] for version in versions} == {"invalid"}


def test_a_cleanup_that_lacks_rights_says_which_files_it_left_and_goes_on_once_it_has_them(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with switched_off(account, SWEEP):
        with without(account, ARCHIVE_FILES):
            # The mail that the state machine may not send is left to cleanup.
            with (
                world.waits(INSTANTLY),
                without(account, KEEP_THE_STATE),
                without(account, Right("state machine", "SendAlerts", "sns:Publish")),
            ):
                versions = world.drop(shop.broken_files())
                stuck = world.until_batch("FINISHING", "DONE")
                ended = world.until_execution_ends(stuck["execution"])
                world.until("the rule's call is given up", lambda: rings(account, "cleanup"))
            assert (ended["status"], ended["error"]) == ("FAILED", "CleanupFailed")
            assert (world.batch()["state"], world.mails(stuck["sk"])) == ("FINISHING", [])
            taken(account, account.outputs["dead_letter_queues"]["cleanup"])
            world.sweep()
            world.until("it says what it left", lambda: len(world.mails(stuck["sk"])) == 2)
        lying = {stored.key for stored in account.versions(account.landing, "landing/")}
        assert lying >= {version.key for version in versions}
        assert world.batch()["state"] == "FINISHING"
        rejected, trouble = world.mails(stuck["sk"])
        assert "3 of 3 files rejected" in rejected.subject
        assert "files not archived" in trouble.subject
        assert "Give cleanup the rights that it lacks" in trouble.text
        world.sweep()
        (healed,) = world.at_rest()
    assert (healed["state"], healed["run"]) == ("DONE", 1)
    assert {world.archived(version).split("/")[1] for version in versions} == {"invalid"}


def has_ended(world: World, run: int) -> bool:
    """Whether the one batch of the case has ended its run of this number."""
    return any(row["run"] == run and row["state"] in {"FAILED", "DONE"} for row in world.batches())


def assert_the_sweep_fails(world: World) -> None:
    """A sweep that could not do all that it should fails, and so reaches the dead letters."""
    answer = world.account.client("lambda").invoke(
        FunctionName=world.account.outputs["gate_function"], Payload=b'{"sweep": true}'
    )
    assert "FunctionError" in answer


def errors(world: World, action: str) -> list[str]:
    """The gate's lines that tell of a denied action."""
    return [line for line in world.account.log("gate") if f"perform: {action}" in line]


def watched(world: World) -> list[str]:
    """The metrics of the queue of events for which an alarm rings the topic."""
    name = world.account.landing_queue.rpartition("/")[2]
    alarms = world.account.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return [
        alarm["MetricName"]
        for page in alarms
        for alarm in page["MetricAlarms"]
        if {"Name": "QueueName", "Value": name} in alarm["Dimensions"]
        and alarm["AlarmActions"] == [world.account.outputs["topic_arn"]]
    ]

"""What may happen to events on their way to the functions, and what a person does about it.

Queues wait minutes between two deliveries (Terraform: six times the timeout of the function). For a
case, `impatient` takes that wait from the real queue; how often it delivers stays as deployed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from tests.e2e.account import Account, Row
from tests.e2e.rights import roles
from tests.e2e.world import World

LANDING, SWEEP, ENDED = "landing-events", "sweep", "execution-ended"
"""Rules: S3's events, the sweeper's minute, and cleanup's call when an execution has ended."""
_WAIT_SECONDS = "1"


@contextmanager
def switched_off(account: Account, *rules: str) -> Iterator[None]:
    """These rules deliver nothing for a while: what happens meanwhile is not told later."""
    events = account.client("events")
    names = [account.outputs["gate_function"].removesuffix("batch-gate") + rule for rule in rules]
    for name in names:
        events.disable_rule(Name=name)
    try:
        yield
    finally:
        for name in names:
            events.enable_rule(Name=name)


@contextmanager
def unplugged(account: Account) -> Iterator[None]:
    """The gate gets no messages for a while; they wait in its queue."""
    functions = account.client("lambda")
    gate = account.outputs["gate_function"]
    (mapping,) = functions.list_event_source_mappings(FunctionName=gate)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@contextmanager
def without_state_machine(world: World) -> Iterator[None]:
    """The gate starts executions where there is no state machine, nor may it, for a while."""
    account = world.account
    nowhere = {"ORDERS_STATE_MACHINE_ARN": f"{account.state_machine}-gone"}
    with ExitStack() as fault:
        for action in ("states:StartExecution", "states:DescribeExecution"):
            fault.enter_context(account.calls.planted(roles(account)["gate"], action))
        fault.enter_context(world.settings("gate_function", **nowhere))
        yield


@contextmanager
def impatient(account: Account) -> Iterator[None]:
    """What the gate gives back comes again after a second, not after twelve minutes."""
    sqs, url = account.client("sqs"), account.landing_queue
    name = "VisibilityTimeout"
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: _WAIT_SECONDS})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def taken(account: Account, url: str) -> list[str]:
    """Takes the messages that a queue holds now; their bodies."""
    sqs = account.client("sqs")
    bodies: list[str] = []
    while some := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in some:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def deliver(account: Account, bodies: Iterable[str]) -> None:
    """Sends messages to the gate's queue, as EventBridge does or a redrive of its dead letters."""
    for body in bodies:
        account.client("sqs").send_message(QueueUrl=account.landing_queue, MessageBody=body)


def until_delivered(world: World) -> None:
    """Waits until the gate has dealt with all that its queue held."""
    queue = world.account.landing_queue
    world.until("the queue of events is empty", lambda: not world.account.depth(queue))


def rings(account: Account, hop: str) -> bool:
    """Whether the alarm of a hop's dead letters is above its threshold, and tells the topic."""
    queue = account.outputs["dead_letter_queues"][hop].rpartition("/")[2]
    alarms = account.client("cloudwatch").get_paginator("describe_alarms").paginate()
    (alarm,) = (
        alarm
        for page in alarms
        for alarm in page["MetricAlarms"]
        if {"Name": "QueueName", "Value": queue} in alarm["Dimensions"]
        and alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    )
    assert alarm["AlarmActions"] == [account.outputs["topic_arn"]]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    return bool(account.dead_letters()[hop] > alarm["Threshold"])


def said(account: Account, actor: str, message: str) -> list[Row]:
    """The lines of a function's log with this message."""
    return [
        line
        for text in account.log(actor)
        for line in map(_document, text.splitlines())
        if line.get("message") == message
    ]


def _document(line: str) -> Row:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

"""Queues that tests read, and the statement by which a rule may fill them."""

from __future__ import annotations

from typing import Any

from tests.local_aws.server import LocalAws
from tests.local_aws.waits import until

FROM_RULES = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
}


def message(aws: LocalAws, queue: str, seconds: float = 20) -> dict[str, Any]:
    """The message that a queue holds, with its attributes."""
    sqs = aws.client("sqs")

    def received() -> Any:
        return sqs.receive_message(
            QueueUrl=queue, MessageAttributeNames=["All"], VisibilityTimeout=600
        ).get("Messages")

    (found,) = until(received, seconds)
    return dict(found)


def is_empty(aws: LocalAws, queue: str) -> bool:
    """Whether nothing waits in it."""
    return "Messages" not in aws.client("sqs").receive_message(QueueUrl=queue)

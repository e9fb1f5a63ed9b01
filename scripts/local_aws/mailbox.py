"""A queue beside the mail subscription, so that a person sees the alerts without a mail server.

Nothing of it is Terraform's, and nothing of Terraform's is changed by it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from scripts.local_aws.deployment import Deployment
from scripts.local_aws.stack import Stack


class Mail(NamedTuple):
    """One message of the alerts' topic."""

    at: str
    subject: str
    message: str


class Mailbox:
    """The alerts of one deployment, kept in a file."""

    def __init__(self, stack: Stack, deployment: Deployment) -> None:
        self._sqs, self._sns = stack.client("sqs"), stack.client("sns")
        self._topic: str = deployment.outputs["topic_arn"]
        self._queue = f"{deployment.environment}-mails".removeprefix("-")
        self._kept: Path = deployment.folder / "mails.jsonl"

    def open(self) -> None:
        """Makes the queue and subscribes it; harmless where it is there."""
        url = self._sqs.create_queue(QueueName=self._queue)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": self._policy(arn)})
        self._sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=arn)

    def read(self) -> list[Mail]:
        """All alerts so far, oldest first."""
        self._collect()
        if not self._kept.exists():
            return []
        lines = self._kept.read_text(encoding="utf-8").splitlines()
        mails = {told["MessageId"]: told for told in map(json.loads, lines)}
        found = [Mail(m["Timestamp"], m.get("Subject", ""), m["Message"]) for m in mails.values()]
        return sorted(found)

    def _collect(self) -> None:
        """Takes what waits from the queue into the file; first written, then deleted."""
        url = self._sqs.get_queue_url(QueueName=self._queue)["QueueUrl"]
        while some := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            with self._kept.open("a", encoding="utf-8") as kept:
                kept.writelines(json.dumps(json.loads(one["Body"])) + "\n" for one in some)
            for one in some:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])

    def _policy(self, arn: str) -> str:
        statement: dict[str, Any] = {
            "Sid": "TakeAlerts",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self._topic}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

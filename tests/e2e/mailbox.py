"""A queue that is subscribed to the topic of alerts, in place of a person's mailbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.account import Account


@dataclass(frozen=True)
class Mail:
    """One message of the topic."""

    subject: str
    text: str


class Mailbox:
    """All mails since it was made; `received` fetches what came meanwhile.

    Args:
        folder: Where they are kept.

    Attributes:
        ids: What it has made in the account.
    """

    def __init__(self, account: Account, folder: Path) -> None:
        self._account = account
        self._kept = folder / "mails.jsonl"
        self._kept.touch()
        sqs = account.client("sqs")
        topic = account.outputs["topic_arn"]
        name = f"{topic.rpartition(':')[2]}-inbox"
        arn = f"{topic.rpartition(':')[0].replace(':sns:', ':sqs:')}:{name}"
        policy = {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
            },
        }
        made = sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy)})
        self._url = made["QueueUrl"]
        sns = account.client("sns")
        subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self.ids = {self._url, subscribed["SubscriptionArn"]}

    def received(self) -> list[Mail]:
        """All mails so far, oldest first."""
        sqs = self._account.client("sqs")
        while some := sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            with self._kept.open("a") as kept:
                kept.writelines(json.dumps(json.loads(one["Body"])) + "\n" for one in some)
            for one in some:
                sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one["ReceiptHandle"])
        told = map(json.loads, self._kept.read_text().splitlines())
        return [Mail(one.get("Subject") or "", one["Message"]) for one in told]

    def close(self) -> None:
        """Takes the queue away; what was received stays."""
        self._account.client("sqs").delete_queue(QueueUrl=self._url)

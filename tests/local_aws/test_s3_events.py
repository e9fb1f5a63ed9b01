"""What EventBridge is told of an object in S3."""

from __future__ import annotations

import json
from typing import Any

from tests.local_aws.machines import eventually
from tests.local_aws.roles import a_queue, named
from tests.local_aws.server import LocalAws
from tests.local_aws.test_events import FROM_RULES


def watched_bucket(aws: LocalAws, status: str) -> tuple[str, str]:
    """A bucket whose events come to a queue: its name, and the queue's URL."""
    s3, events, name = aws.client("s3"), aws.client("events"), named("drop").lower()
    place: Any = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    if status:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    url, arn = a_queue(aws, FROM_RULES)
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    return name, url


def told_of(aws: LocalAws, queue: str, number: int) -> list[dict[str, Any]]:
    """The objects of so many events, in the order of their sequencers."""
    found: list[dict[str, Any]] = []

    def all_there() -> bool:
        answer = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        found.extend(body["detail"]["object"] for body in bodies)
        return len(found) >= number

    eventually(all_there)
    return sorted(found, key=lambda thing: str(thing["sequencer"]))


def test_an_event_names_the_very_version_that_was_written(local_aws: LocalAws) -> None:
    bucket, queue = watched_bucket(local_aws, "Enabled")
    s3 = local_aws.client("s3")
    versions = [
        s3.put_object(Bucket=bucket, Key="orders.csv", Body=text)["VersionId"]
        for text in (b"one", b"two")
    ]
    assert [thing["version-id"] for thing in told_of(local_aws, queue, 2)] == versions


def test_an_event_of_a_bucket_without_versions_names_none(local_aws: LocalAws) -> None:
    bucket, queue = watched_bucket(local_aws, "")
    local_aws.client("s3").put_object(Bucket=bucket, Key="orders.csv", Body=b"one")
    (thing,) = told_of(local_aws, queue, 1)
    assert "version-id" not in thing

"""What a rule or a topic delivers arrives, is tried again, or lies in a dead-letter queue."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import StartLocalAws
from tests.local_aws.machines import LAMBDA, a_function, a_function_role
from tests.local_aws.queues import FROM_RULES, is_empty, message
from tests.local_aws.roles import (
    a_bucket,
    a_queue,
    a_role,
    allow,
    asked,
    calls_of,
    named,
    set_rights,
)
from tests.local_aws.server import LocalAws
from tests.local_aws.waits import until

FAILS = "def handler(event, context):\n    raise ValueError('no such luck')\n"
TELLS = """
import boto3, json, os
def handler(event, context):
    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(event))
"""
READS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


@pytest.fixture(scope="module")
def aws(start_local_aws: StartLocalAws) -> LocalAws:
    return start_local_aws(LAMBDA_ASYNC_RETRY_BASE_SECONDS="0.1")


def deliver(aws: LocalAws, target: dict[str, Any], function: str = "") -> str:
    """Makes a rule with this target, lets it invoke the function, puts an event; its detail."""
    events, source = aws.client("events"), named("shop")
    pattern = json.dumps({"source": [source]})
    rule = events.put_rule(Name=source, EventPattern=pattern)["RuleArn"]
    if function:
        permit(aws, function, "events.amazonaws.com", rule)
    events.put_targets(Rule=source, Targets=[{"Id": "1", **target}])
    detail = json.dumps({"file": source})
    events.put_events(Entries=[{"Source": source, "DetailType": "dropped", "Detail": detail}])
    return source


def permit(aws: LocalAws, function: str, service: str, source: str) -> None:
    aws.client("lambda").add_permission(
        FunctionName=function,
        StatementId=named("permit"),
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source,
    )


def runs_of(aws: LocalAws, function: str) -> int:
    """How often a function began to run, by its log."""
    group = f"/aws/lambda/{function.rsplit(':', 1)[-1]}"
    told = aws.client("logs").filter_log_events(logGroupName=group, filterPattern="START")
    return len(told["events"])


def refusals(aws: LocalAws, role: str) -> int:
    """How many rights were asked for in vain."""
    return sum(not line["allowed"] for line in calls_of(aws, role))


def failing(aws: LocalAws, queue: str, *rights: Any) -> str:
    role = a_function_role(aws, *rights)
    return a_function(aws, role, FAILS, DeadLetterConfig={"TargetArn": queue})


@pytest.mark.parametrize(("retries", "runs"), [(None, 3), (1, 2)], ids=["default", "settable"])
def test_a_function_that_fails_is_tried_again_and_its_event_kept(
    aws: LocalAws, retries: int | None, runs: int
) -> None:
    letters, letters_arn = a_queue(aws)
    function = failing(aws, letters_arn, allow("sqs:SendMessage", on=letters_arn))
    if retries is not None:
        aws.client("lambda").put_function_event_invoke_config(
            FunctionName=function, MaximumRetryAttempts=retries
        )

    source = deliver(aws, {"Arn": function}, function)

    found = message(aws, letters)
    assert json.loads(found["Body"])["detail"] == {"file": source}
    attributes = {name: value["StringValue"] for name, value in found["MessageAttributes"].items()}
    assert attributes["ErrorMessage"] == "no such luck"
    assert runs_of(aws, function) == runs


def test_without_the_right_to_send_a_failed_event_is_lost(aws: LocalAws) -> None:
    letters, letters_arn = a_queue(aws)
    function = failing(aws, letters_arn)

    deliver(aws, {"Arn": function}, function)

    until(lambda: "a failed event is lost: User: " in aws.log.read_text())
    assert is_empty(aws, letters)


def test_a_function_whose_policy_does_not_name_the_rule_is_not_invoked(aws: LocalAws) -> None:
    letters, letters_arn = a_queue(aws, FROM_RULES)
    function = a_function(aws, a_function_role(aws), FAILS)

    deliver(aws, {"Arn": function, "DeadLetterConfig": {"Arn": letters_arn}})

    attributes = message(aws, letters)["MessageAttributes"]
    assert attributes["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert attributes["TARGET_ARN"]["StringValue"] == function


def test_a_queue_takes_what_its_policy_allows(aws: LocalAws) -> None:
    queue, queue_arn = a_queue(aws, FROM_RULES)

    source = deliver(aws, {"Arn": queue_arn})

    assert json.loads(message(aws, queue)["Body"])["detail"] == {"file": source}


def test_a_queue_without_a_policy_takes_nothing_from_a_rule(aws: LocalAws) -> None:
    queue, queue_arn = a_queue(aws)
    letters, letters_arn = a_queue(aws, FROM_RULES)

    source = deliver(aws, {"Arn": queue_arn, "DeadLetterConfig": {"Arn": letters_arn}})

    assert json.loads(message(aws, letters)["Body"])["detail"] == {"file": source}
    assert is_empty(aws, queue)


def test_a_topic_invokes_a_function_that_lets_it(aws: LocalAws) -> None:
    queue, queue_arn = a_queue(aws)
    role = a_function_role(aws, allow("sqs:SendMessage", on=queue_arn))
    sns = aws.client("sns")
    functions = [
        a_function(aws, role, TELLS, Timeout=30, Environment={"Variables": {"QUEUE": queue}})
        for _ in range(2)
    ]
    topic = sns.create_topic(Name=named("topic"))["TopicArn"]
    permit(aws, functions[0], "sns.amazonaws.com", topic)
    for function in functions:
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)

    sns.publish(TopicArn=topic, Message="tell it")

    assert json.loads(message(aws, queue)["Body"])["Records"][0]["Sns"]["Message"] == "tell it"
    until(lambda: f"is lost: {functions[1]} does not take it" in aws.log.read_text())
    assert is_empty(aws, queue)


def test_a_queue_is_read_by_the_rights_of_the_function(aws: LocalAws) -> None:
    source, source_arn = a_queue(aws)
    queue, queue_arn = a_queue(aws)
    tells = allow("sqs:SendMessage", on=queue_arn)
    role = a_function_role(aws, tells, allow(*READS, on=source_arn))
    function = a_function(aws, role, TELLS, Timeout=30, Environment={"Variables": {"QUEUE": queue}})
    aws.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=source_arn
    )
    sqs = aws.client("sqs")

    set_rights(aws, role, tells)
    sqs.send_message(QueueUrl=source, MessageBody="orders")
    before = refusals(aws, role)
    until(lambda: refusals(aws, role) > before)
    unread = is_empty(aws, queue)
    set_rights(aws, role, tells, allow(*READS, on=source_arn))

    assert unread
    assert json.loads(message(aws, queue)["Body"])["Records"][0]["body"] == "orders"
    needed = {(action, source_arn) for action in READS[:2]}
    until(lambda: needed <= set(asked(aws, role)))


def test_a_function_that_may_not_read_a_queue_is_not_mapped_to_it(aws: LocalAws) -> None:
    function = a_function(aws, a_function_role(aws), FAILS)

    with pytest.raises(ClientError, match="permissions to call ReceiveMessage on SQS"):
        aws.client("lambda").create_event_source_mapping(
            FunctionName=function, EventSourceArn=a_queue(aws)[1]
        )


def test_a_role_that_does_not_trust_lambda_is_no_functions_role(aws: LocalAws) -> None:
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        a_function(aws, a_role(aws, service="ecs-tasks.amazonaws.com"), FAILS)


def test_a_function_without_the_right_to_its_log_leaves_none(aws: LocalAws) -> None:
    function = a_function(aws, a_role(aws, service=LAMBDA), "def handler(*_): print('seen')")

    aws.client("lambda").invoke(FunctionName=function)

    with pytest.raises(ClientError, match="ResourceNotFound"):
        runs_of(aws, function)


def upload(aws: LocalAws, bucket: str, key: str, *, parts: bool) -> str:
    """Puts an object, whole or in one part; its version."""
    s3 = aws.client("s3")
    if not parts:
        return str(s3.put_object(Bucket=bucket, Key=key, Body=b"id")["VersionId"])
    of = {"Bucket": bucket, "Key": key}
    of["UploadId"] = s3.create_multipart_upload(**of)["UploadId"]
    part = {"ETag": s3.upload_part(**of, PartNumber=1, Body=b"id")["ETag"], "PartNumber": 1}
    made = s3.complete_multipart_upload(**of, MultipartUpload={"Parts": [part]})
    return str(made["VersionId"])


@pytest.mark.parametrize("parts", [False, True], ids=["whole", "in parts"])
def test_an_event_of_an_object_names_its_version(aws: LocalAws, parts: bool) -> None:
    bucket = a_bucket(aws, versions=True)
    aws.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    queue, queue_arn = a_queue(aws, FROM_RULES)
    rule = named("landing")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events = aws.client("events")
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": queue_arn}])

    versions = [upload(aws, bucket, "orders.csv", parts=parts) for _ in range(3)]

    told = [json.loads(message(aws, queue)["Body"])["detail"]["object"] for _ in versions]
    assert sorted(one["version-id"] for one in told) == sorted(versions)

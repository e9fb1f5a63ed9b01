"""An AWS in this process with what the gate needs, and short words to act on it and to ask it."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws

from spark_jobs.batch.files import BATCH, FILE, batch_key, file_key
from spark_jobs.batch.lease import LEASE
from spark_jobs.batch.table import Key, Row, StateTable, Update

REGION, ACCOUNT = "eu-west-1", "123456789012"
LANDING, LAKE = "orders-landing", "orders-lake"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:order-pipeline"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:order-alerts"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "ORDERS_STATE_TABLE": "pipeline_state",
    "ORDERS_LANDING_BUCKET": LANDING,
    "ORDERS_LANDING_PREFIX": "landing/",
    "ORDERS_LAKE_BUCKET": LAKE,
    "ORDERS_STATE_MACHINE_ARN": MACHINE,
    "ORDERS_TOPIC_ARN": TOPIC,
    "ORDERS_CLEANUP_FUNCTION": "cleanup",
    "ORDERS_MAX_FILE_BYTES": "1000",
    "POWERTOOLS_SERVICE_NAME": "batch-gate",
    "POWERTOOLS_METRICS_NAMESPACE": "OrderPipeline",
    "POWERTOOLS_TRACE_DISABLED": "true",
}


@cache
def client(service: str) -> Any:
    """A client for all tests: moto forgets what it holds, and making one takes long."""
    return boto3.client(service)


class World:
    """Everything that stands in one account."""

    def __init__(self) -> None:
        self.s3 = client("s3")
        self.states = client("stepfunctions")
        self.table = StateTable(client("dynamodb"), ENVIRONMENT["ORDERS_STATE_TABLE"])
        self._sqs = client("sqs")
        self._make()

    def drop(self, key: str, body: bytes = b"a,b\n1,2\n") -> str:
        """Uploads a file; its version."""
        return str(self.s3.put_object(Bucket=LANDING, Key=key, Body=body)["VersionId"])

    def row(self, key: str, version: str) -> Row:
        """The row of a file version; empty where there is none."""
        return self.table.get(file_key(LANDING, key, version)) or {}

    def batches(self) -> list[Row]:
        """The rows of all batches, in order."""
        return list(self.table.all(BATCH))

    def files(self) -> list[Row]:
        """The rows of all file versions."""
        return list(self.table.all(FILE))

    def lease(self) -> Row:
        """The lease's row."""
        return self.table.get(LEASE) or {}

    def manifest(self, batch_id: str) -> list[tuple[str, str]]:
        """Key and version of each file in the manifest of a batch."""
        body = self.s3.get_object(Bucket=LAKE, Key=f"manifests/{batch_id}.json")["Body"].read()
        return [(file["key"], file["version_id"]) for file in json.loads(body)["files"]]

    def executions(self) -> dict[str, str]:
        """Name and status of all executions."""
        found = self.states.list_executions(stateMachineArn=MACHINE)["executions"]
        return {execution["name"]: execution["status"] for execution in found}

    def versions(self, prefix: str) -> list[tuple[str, str]]:
        """Key and version of all objects in the landing bucket under a prefix."""
        found = self.s3.list_object_versions(Bucket=LANDING, Prefix=prefix)
        return [(v["Key"], v["VersionId"]) for v in found.get("Versions", [])]

    def mails(self) -> list[dict[str, Any]]:
        """The messages of the topic since this was asked last."""
        mails: list[dict[str, Any]] = []
        while some := self._sqs.receive_message(QueueUrl=self._inbox, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in some:
                self._sqs.delete_message(
                    QueueUrl=self._inbox, ReceiptHandle=message["ReceiptHandle"]
                )
                mails.append(json.loads(message["Body"]))
        return mails

    def set(self, key: Key, **values: Any) -> None:
        """Writes attributes of a row behind everybody's back."""
        self.table.write(Update(key, set=values))

    def long_ago(self) -> None:
        """All that waits was noted an hour ago."""
        for row in self.table.waiting(FILE):
            if row["state"] == "WAITING":
                self.set(Key(row["pk"], row["sk"]), noted_at="2026-01-01T00:00:00+00:00")

    def fail(self, batch_id: str) -> None:
        """The batch's execution is over for infrastructure, and cleaned up."""
        self.states.stop_execution(executionArn=self.arn(self.lease()["execution"]))
        self.set(batch_key(batch_id), state="FAILED", finished_at="2026-01-01T00:00:00+00:00")
        self.table.write(Update(LEASE, remove=["execution", "batch_id", "taken_at"]))

    @staticmethod
    def arn(execution: str) -> str:
        """The ARN of an execution."""
        return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{execution}"

    def _make(self) -> None:
        place = {"LocationConstraint": REGION}
        for bucket in (LANDING, LAKE):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
            self.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        make_state_table(self.table.client, self.table.name)
        role = client("iam").create_role(
            RoleName="anybody", AssumeRolePolicyDocument="{}", Path="/"
        )["Role"]["Arn"]
        self.states.create_state_machine(
            name="order-pipeline",
            roleArn=role,
            definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        )
        topic = client("sns").create_topic(Name="order-alerts")["TopicArn"]
        assert topic == TOPIC
        self._inbox = self._sqs.create_queue(QueueName="inbox")["QueueUrl"]
        inbox = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox)
        client("lambda").create_function(
            FunctionName="cleanup",
            Runtime="python3.12",
            Role=role,
            Handler="cleanup.handler.handler",
            Code={"ZipFile": _some_zip()},
        )


def make_state_table(dynamodb: Any, name: str) -> None:
    """The state table, with the keys and indexes that Terraform gives it."""
    texts = ("pk", "sk", "waiting", "batch_id")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in texts],
        KeySchema=_keys("pk", "sk"),
        LocalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": _keys("pk", attribute),
                "Projection": {"ProjectionType": "ALL"},
            }
            for name, attribute in (("by_waiting", "waiting"), ("by_batch", "batch_id"))
        ],
    )


def created(key: str, version: str, bucket: str = LANDING) -> dict[str, Any]:
    """The event of S3 through EventBridge, as the user guide shows it."""
    thing = {"key": key, "size": 8, "etag": "b", "version-id": version, "sequencer": "00"}
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": "2026-11-12T00:00:00Z",
        "region": REGION,
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": thing,
            "request-id": "N4N7GDK58NMKJ12R",
            "reason": "PutObject",
        },
    }


def queued(*events: Mapping[str, Any] | str) -> dict[str, Any]:
    """What the queue hands to the Lambda; texts go as they are."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "r",
                "body": event if isinstance(event, str) else json.dumps(event),
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:landing-events",
                "awsRegion": REGION,
            }
            for number, event in enumerate(events)
        ]
    }


@contextmanager
def a_world(**environment: str) -> Iterator[World]:
    """An empty AWS for the time of the block; the environment points to nothing else."""
    cleared = {n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "ORDERS_"))}
    config: Any = {"lambda": {"use_docker": False}, "iam": {"load_aws_managed_policies": False}}
    variables = cleared | ENVIRONMENT | environment
    with patch.dict(os.environ, variables, clear=True), mock_aws(config=config):
        yield World()


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


def _some_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("cleanup/handler.py", "def handler(event, context): ...\n")
    return buffer.getvalue()

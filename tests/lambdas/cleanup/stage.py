"""A pipeline in moto, at the end of an execution: builders, and what can be seen afterwards."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3

from spark_jobs.batch.files import batch_key, file_key, files_of
from spark_jobs.batch.lease import LEASE
from spark_jobs.batch.starting import execution_arn, start, start_next
from spark_jobs.batch.table import Put, StateTable
from spark_jobs.facts.aws import FileState
from step_functions.lambdas.cleanup import handler as cleanup
from tests.batch.aws.world import make_state_table

REGION, ACCOUNT = "eu-west-1", "123456789012"
BUCKET, LAKE = "orders-landing", "orders-lake"
BATCH, NEXT = "20260102T030405Z-000001", "20260102T040000Z-000002"
HOUR = 3_600_000
DONE: dict[str, Any] = {
    "validate_outcome": "accepted",
    "transform_outcome": "done",
    "alerted_at": "before",
}
"""The row of a batch whose work is done and told."""
HERE = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
_ROLE = {"Version": "2012-10-17", "Statement": []}


@functools.cache
def client(service: str) -> Any:
    """A client of the test's own; cleanup has others."""
    return boto3.client(service)


class Crash(BaseException):
    """The function dies here."""


@dataclass
class Stage:
    """One state table, landing, lake, state machine and topic."""

    time_left: int = HOUR
    hooks: list[tuple[Any, str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.s3, self.sqs = client("s3"), client("sqs")
        self.states = client("stepfunctions")
        for bucket in (BUCKET, LAKE):
            self.s3.create_bucket(Bucket=bucket, **HERE)
            self.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        self.table = StateTable(client("dynamodb"), "pipeline_state")
        make_state_table(self.table.client, self.table.name)
        role = client("iam").create_role(
            RoleName="states", AssumeRolePolicyDocument=json.dumps(_ROLE)
        )["Role"]["Arn"]
        definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
        self.machine = self.states.create_state_machine(
            name="order-pipeline", definition=json.dumps(definition), roleArn=role
        )["stateMachineArn"]
        sns = client("sns")
        self.topic = sns.create_topic(Name="order-alerts")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="mail")["QueueUrl"]
        sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:mail"
        )

    # What there is

    def has_file(self, key: str, content: bytes = b"id\n1\n", batch: str = BATCH) -> dict[str, Any]:
        """A claimed version in landing."""
        put = self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        row = {
            "bucket": BUCKET,
            "key": key,
            "version_id": put.get("VersionId", "null"),
            "etag": put["ETag"].strip('"'),
            "size": len(content),
            "received_at": "2026-01-02T03:00:00+00:00",
            "dataset": "orders",
            "state": FileState.CLAIMED,
            "batch_id": batch,
        }
        found = file_key(BUCKET, key, row["version_id"])
        self.table.write(Put({"pk": found.pk, "sk": found.sk, **row}))
        return row

    def has_verdict(self, **verdicts: str) -> str:
        """A verdict on files by their key's stem, each in a new version; its address."""
        files = [
            self.has_file(f"landing/orders/{stem}.csv") | {"verdict": verdict}
            for stem, verdict in verdicts.items()
        ]
        return self.has_verdict_on(files)

    def has_verdict_on(self, files: list[dict[str, Any]]) -> str:
        names = {"bucket", "key", "version_id", "verdict", "problems"}
        judged = [{name: file[name] for name in names & file.keys()} for file in files]
        document = {"files": judged}
        key = f"staged/{BATCH}/r1/verdict.json"
        self.s3.put_object(Bucket=LAKE, Key=key, Body=json.dumps(document).encode())
        return f"s3://{LAKE}/{key}"

    def has_batch(self, state: str = "FINISHING", *, leased: bool = True, **row: Any) -> None:
        """The batch's row, its lease and execution."""
        execution = row.get("execution", f"{BATCH}-r1")
        given = {"waiting": BATCH, "files": 1, "bytes": 5, "run": 1, "manifest": "s3://l/m"}
        given |= {"execution": execution, "execution_arn": self.arn(execution)}
        self.table.write(Put({"pk": "batch", "sk": BATCH, "state": state} | given | row))
        if leased:
            self.has_lease(execution)
        self.states.start_execution(stateMachineArn=self.machine, name=execution)

    def has_lease(self, execution: str) -> None:
        held = {"execution": execution, "batch_id": BATCH, "taken_at": "t", "fence": 7}
        self.table.write(Put({"pk": LEASE.pk, "sk": LEASE.sk, **held}))

    def has_next(self) -> None:
        """Another batch, whose turn comes when this one is released."""
        given = {"waiting": NEXT, "files": 1, "bytes": 5, "run": 0, "manifest": "s3://l/n"}
        self.table.write(Put({"pk": "batch", "sk": NEXT, "state": "WAITING", **given}))

    # What is done

    def arn(self, execution: str = f"{BATCH}-r1") -> str:
        return execution_arn(self.machine, execution)

    def stop(self) -> None:
        self.states.stop_execution(executionArn=self.arn())

    def cleanup(self, status: str = "SUCCESS", arn: str = "") -> dict[str, Any]:
        """As the state machine or a person calls it."""
        return self.handle(
            {
                "executionArn": arn or self.arn(),
                "status": status,
                "stepFunctionArn": self.machine,
            }
        )

    def status_change(self, status: str = "ABORTED") -> dict[str, Any]:
        """As the rule and the sweeper call it."""
        detail = {"executionArn": self.arn(), "stateMachineArn": self.machine, "status": status}
        return self.handle(
            {
                "source": "aws.states",
                "detail-type": "Step Functions Execution Status Change",
                "detail": detail,
            }
        )

    def sweep(self) -> None:
        """As the sweeper does: nobody else comes back after cleanup died."""
        holder = self.lease().get("execution")
        if holder == f"{BATCH}-r1":
            self.status_change()
        elif holder:
            start(self.table, self.states, self.machine, holder)
        else:
            start_next(self.table, self.states, self.machine)

    def handle(self, event: Any) -> dict[str, Any]:
        context = SimpleNamespace(
            function_name="cleanup",
            memory_limit_in_mb=512,
            invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:cleanup",
            aws_request_id="1",
            get_remaining_time_in_millis=lambda: self.time_left,
        )
        answer: dict[str, Any] = cleanup.handler(event, context)
        return answer

    # What is seen

    def batch(self, batch_id: str = BATCH) -> dict[str, Any]:
        return self.table.get(batch_key(batch_id)) or {}

    def lease(self) -> dict[str, Any]:
        return self.table.get(LEASE) or {}

    def files(self) -> dict[str, str]:
        """State of the batch's files by key."""
        return {row["key"]: row["state"] for row in files_of(self.table, BATCH)}

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_object_versions(Bucket=BUCKET, Prefix=prefix).get("Versions", [])
        return sorted({version["Key"] for version in found})

    def contents(self, prefix: str) -> list[bytes]:
        return [
            self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in self.keys(prefix)
        ]

    def mails(self) -> list[dict[str, str]]:
        """The messages that have come since the last look."""
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        messages = found.get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def executions(self) -> list[str]:
        found = self.states.list_executions(stateMachineArn=self.machine)["executions"]
        return sorted(execution["name"] for execution in found)

    def seen(self) -> dict[str, Any]:
        """Everything that must be the same however cleanup got there."""
        return {
            "state": self.batch().get("state"),
            "ending": self.batch().get("ending"),
            "waits": "waiting" in self.batch(),
            "finished": "finished_at" in self.batch(),
            "alerted": "alerted_at" in self.batch(),
            "lease": {n: v for n, v in self.lease().items() if n != "taken_at"},
            "files": self.files(),
            "landing": self.keys("landing/"),
            "archive": self.keys("archive/"),
            "executions": self.executions(),
        }

    # Accidents

    def hook(self, moment: str, act: Any) -> None:
        """Calls `act(operation)` at `before-call` or `after-call` of each call of cleanup."""

        def call(model: Any, **_: Any) -> None:
            act(model.name)

        for each in cleanup.clients().values():
            each.meta.events.register_first(moment, call)
            self.hooks.append((each, moment, call))

    def forget_hooks(self) -> None:
        for each, moment, call in self.hooks:
            each.meta.events.unregister(moment, call)
        self.hooks.clear()

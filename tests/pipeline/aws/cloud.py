"""An account on loopback: files dropped, batches closed and started, tasks run, tables read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

from spark_jobs.batch.closing import Threshold, close
from spark_jobs.batch.files import BATCH, batch_key, register
from spark_jobs.batch.lease import LEASE, released
from spark_jobs.batch.manifest import ManifestFile
from spark_jobs.batch.starting import start_next
from spark_jobs.batch.table import Row, StateTable, Update
from spark_jobs.facts.aws import Task
from spark_jobs.facts.words import Outcome
from spark_jobs.pipeline import RunOptions
from spark_jobs.pipeline.aws.environment import TaskEnvironment
from spark_jobs.pipeline.aws.task import Clients, perform
from spark_jobs.pipeline.aws.transform import transform_manifest
from spark_jobs.pipeline.aws.validate import validate_manifest
from spark_jobs.publish.changes import KpiChanges, changes_of
from spark_jobs.session import Engine, GlueWarehouse
from tests.batch.aws.world import make_state_table
from tests.publish.stage import CATEGORIES, KEYS, ORDERS, STATE, Item, items
from tests.support.aws_server import REGION, AwsServer

LANDING, LAKE, DATABASE = "orders-landing", "orders-lake", "order_lake"
WAREHOUSE = GlueWarehouse(DATABASE, f"s3://{LAKE}/warehouse")
JOBS = {Task.VALIDATE: validate_manifest, Task.TRANSFORM: transform_manifest}


class Cloud:
    """Everything that the jobs meet.

    Args:
        engine: Bound to the lake; in its place a real task starts one of its own.
        work: Where the tasks' own files go.
    """

    def __init__(self, aws: AwsServer, engine: Engine, work: Path) -> None:
        self.aws, self.engine, self.work = aws, engine, work
        self.s3, self.dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        self.states = boto3.client("stepfunctions")
        self.table = StateTable(self.dynamodb, STATE)
        self.said: list[dict[str, Any]] = []
        self._make()

    def put(self, key: str, body: bytes, at: datetime) -> str:
        """Uploads a file that waits for a batch; its version."""
        answer = self.s3.put_object(Bucket=LANDING, Key=f"landing/{key}", Body=body)
        folder = key.partition("/")[0]
        dataset = folder if folder in ("orders", "order_items", "products") else ""
        file = ManifestFile(
            LANDING,
            f"landing/{key}",
            answer["VersionId"],
            answer["ETag"],
            len(body),
            at.isoformat(),
            dataset,
        )
        assert register(self.table, file)
        return file.version_id

    def drop(self, folder: Path, at: datetime) -> str:
        """Uploads the files of a folder, closes them into a batch and starts it; its id."""
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            self.put(path.relative_to(folder).as_posix(), path.read_bytes(), at)
        return self.start()

    def start(self) -> str:
        """Closes what waits into a batch and starts it; its id."""
        batch_id = close(self.table, self.s3, LAKE, Threshold(), requested=True)
        assert batch_id
        assert start_next(self.table, self.states, self._machine) == f"{batch_id}-r1"
        return batch_id

    def end(self, batch_id: str) -> None:
        """The batch's execution is over and cleaned up: the lease is free."""
        self.table.write(released(self.row(batch_id)["execution"]))
        done = Update(batch_key(batch_id), set={"state": "DONE"}, remove=["waiting"])
        self.table.write(done)

    def again(self, batch_id: str) -> None:
        """The batch's execution failed; it has the next run now."""
        self.end(batch_id)
        waits = {"state": "WAITING", "waiting": batch_id}
        self.table.write(Update(batch_key(batch_id), set=waits))
        assert start_next(self.table, self.states, self._machine)

    def row(self, batch_id: str) -> Row:
        """The batch's row."""
        return self.table.get(batch_key(batch_id)) or {}

    def variables(self, batch_id: str) -> dict[str, str]:
        """What a task is told."""
        row = self.row(batch_id)
        return {
            "ORDERS_BATCH": batch_id,
            "ORDERS_EXECUTION": row["execution"],
            "ORDERS_EXECUTION_ARN": row["execution_arn"],
            "ORDERS_STATE_TABLE": STATE,
            "ORDERS_LAKE_BUCKET": LAKE,
            "ORDERS_GLUE_DATABASE": DATABASE,
            "ORDERS_ORDER_KPI_TABLE": ORDERS,
            "ORDERS_CATEGORY_KPI_TABLE": CATEGORIES,
            "ORDERS_WORK_DIR": str(self.work),
        }

    def run(
        self,
        task: Task,
        batch_id: str,
        options: RunOptions | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Runs a task in this process."""
        environment = TaskEnvironment.read(variables or self.variables(batch_id), task)
        return perform(
            task,
            environment,
            Clients(self.s3, self.dynamodb),
            lambda message, **fields: self.said.append({"message": message, **fields}),
            self.row(batch_id)["manifest"],
            lambda run: JOBS[task](run, lambda: nullcontext(self.engine), options or RunOptions()),
        )

    def run_both(self, batch_id: str) -> list[Outcome]:
        """Runs an execution to its end."""
        outcomes = [self.run(Task.VALIDATE, batch_id)]
        if outcomes[0] in (Outcome.ACCEPTED, Outcome.PARTIAL):
            outcomes.append(self.run(Task.TRANSFORM, batch_id))
        self.end(batch_id)
        return outcomes

    def verdict(self, batch_id: str) -> dict[str, Any]:
        """The verdict of the batch's current run."""
        return self._document(f"staged/{batch_id}/r{self.row(batch_id)['run']}/verdict.json")

    def changes(self, batch_id: str) -> KpiChanges | None:
        """What is kept of the batch's changes."""
        return changes_of(self._document(f"verdicts/{batch_id}/changes.json"))

    def keys(self, prefix: str) -> list[str]:
        """The keys in the lake's bucket."""
        found = self.s3.list_objects_v2(Bucket=LAKE, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", [])]

    def kpis(self) -> list[list[Item]]:
        """The items of both KPI tables."""
        return [items(self.dynamodb, table) for table in (ORDERS, CATEGORIES)]

    def give_lease_to(self, execution: str) -> None:
        """Another execution holds the lease now."""
        self.table.write(Update(LEASE, set={"execution": execution}))

    @property
    def batches(self) -> list[Row]:
        """The rows of all batches."""
        return list(self.table.all(BATCH))

    def _document(self, key: str) -> dict[str, Any]:
        body = self.s3.get_object(Bucket=LAKE, Key=key)["Body"].read()
        document: dict[str, Any] = json.loads(body)
        return document

    def _make(self) -> None:
        place = {"LocationConstraint": REGION}
        for bucket in (LANDING, LAKE):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        versioned = {"Status": "Enabled"}
        self.s3.put_bucket_versioning(Bucket=LANDING, VersioningConfiguration=versioned)
        boto3.client("glue").create_database(DatabaseInput={"Name": DATABASE})
        make_state_table(self.dynamodb, STATE)
        for name in (ORDERS, CATEGORIES):
            self.dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": key, "AttributeType": "S"} for key in KEYS[name]
                ],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind}
                    for key, kind in zip(KEYS[name], ("HASH", "RANGE"), strict=False)
                ],
            )
        self._machine = self.states.create_state_machine(
            name="order-pipeline",
            roleArn="arn:aws:iam::123456789012:role/anybody",
            definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        )["stateMachineArn"]

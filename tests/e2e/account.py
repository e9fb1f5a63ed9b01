"""What one environment holds, read straight from its services: nothing of the pipeline's own code.

Clients come from localstack-client's session; the lake's tables are read by pyiceberg from the
metadata that Glue names, without an engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from boto3.dynamodb.types import TypeDeserializer
from localstack_client.session import Session
from pyiceberg.table import StaticTable

from tests.e2e.calls import Calls

Row = dict[str, Any]
KPI_TABLES = ("order_kpi_table", "category_kpi_table")
_value = TypeDeserializer().deserialize


@dataclass(frozen=True)
class StoredObject:
    """One version of an object."""

    key: str
    version_id: str
    size: int
    etag: str


class Account:
    """The services of one environment.

    Args:
        variables: An administrator's environment, as `Stack.credentials` gives it.
        outputs: Terraform's.
        record: Of the local AWS's calls.

    Attributes:
        calls: From now on.
    """

    def __init__(
        self, variables: Mapping[str, str], outputs: Mapping[str, Any], record: Path
    ) -> None:
        self.variables, self.outputs = dict(variables), dict(outputs)
        self.calls = Calls(record)
        self.client = cache(self._client)
        """A client by its service's name."""

    def _client(self, service: str) -> Any:
        session = Session(
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            region_name=self.variables["AWS_REGION"],
            localstack_host=self.variables["AWS_ENDPOINT_URL"].removeprefix("http://"),
        )
        return session.client(service)

    @property
    def landing(self) -> str:
        """The landing bucket."""
        return str(self.outputs["landing_bucket"])

    @property
    def lake(self) -> str:
        """The lake's bucket."""
        return str(self.outputs["lake_bucket"])

    @property
    def state_machine(self) -> str:
        """The state machine's ARN."""
        return str(self.outputs["state_machine_arn"])

    def state(self) -> dict[str, list[Row]]:
        """All rows of the state table by `pk`, each kind in the order of `sk`."""
        kinds: dict[str, list[Row]] = {}
        for row in sorted(self.items("state_table"), key=lambda row: str(row["sk"])):
            kinds.setdefault(row["pk"], []).append(row)
        return kinds

    def items(self, table: str) -> list[Row]:
        """All items of the table that Terraform's output names, Numbers as Decimals."""
        pages = self._pages("dynamodb", "scan", TableName=self.outputs[table], ConsistentRead=True)
        return [
            {name: _value(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]

    def versions(self, bucket: str, prefix: str) -> list[StoredObject]:
        """All versions below a prefix, current or not; delete markers are none."""
        pages = self._pages("s3", "list_object_versions", Bucket=bucket, Prefix=prefix)
        return [
            StoredObject(found["Key"], found["VersionId"], found["Size"], found["ETag"].strip('"'))
            for page in pages
            for found in page.get("Versions", [])
        ]

    def times(self, bucket: str, prefix: str) -> dict[tuple[str, str], datetime]:
        """When S3 took each version below a prefix, to the second, by key and version."""
        pages = self._pages("s3", "list_object_versions", Bucket=bucket, Prefix=prefix)
        return {
            # The emulator's listings say more than its objects themselves, and than S3.
            (found["Key"], found["VersionId"]): found["LastModified"].replace(microsecond=0)
            for page in pages
            for found in page.get("Versions", [])
        }

    def content(self, bucket: str, key: str, **version: str) -> bytes:
        """The bytes of an object (of a version: `VersionId=`)."""
        answer = self.client("s3").get_object(Bucket=bucket, Key=key, **version)
        return bytes(answer["Body"].read())

    def document(self, address: str) -> Any:
        """The JSON at an `s3://` address."""
        bucket, _, key = address.removeprefix("s3://").partition("/")
        return json.loads(self.content(bucket, key))

    def executions(self) -> list[Row]:
        """All executions, oldest first: name, ARN, status."""
        pages = self._pages("stepfunctions", "list_executions", stateMachineArn=self.state_machine)
        found = [execution for page in pages for execution in page["executions"]]
        return sorted(found, key=lambda execution: execution["startDate"])

    def execution(self, name: str) -> Row:
        """One execution: status, error, cause, times."""
        arn = f"{self.state_machine.replace(':stateMachine:', ':execution:')}:{name}"
        described: Row = self.client("stepfunctions").describe_execution(executionArn=arn)
        return described

    def tasks(self, status: str = "RUNNING") -> list[Row]:
        """The tasks of the cluster that are RUNNING or STOPPED, as ECS describes them."""
        cluster = self.outputs["cluster"]
        pages = self._pages("ecs", "list_tasks", cluster=cluster, desiredStatus=status)
        arns = [arn for page in pages for arn in page["taskArns"]]
        found: list[Row] = []
        for start in range(0, len(arns), 100):
            some = arns[start : start + 100]
            found += self.client("ecs").describe_tasks(cluster=cluster, tasks=some)["tasks"]
        return found

    def attempts(self, batch_id: str, job: str) -> list[Row]:
        """The tasks of a batch's validate or transform that have stopped, oldest first."""
        mine = {"name": "ORDERS_BATCH", "value": batch_id}
        found = [
            task
            for task in self.tasks("STOPPED")
            for container in task["overrides"]["containerOverrides"]
            if container["name"] == job and mine in container["environment"]
        ]
        return sorted(found, key=lambda task: task["createdAt"])

    def depth(self, url: str) -> int:
        """How many messages a queue holds, those in flight included."""
        names = [f"ApproximateNumberOfMessages{more}" for more in ("", "NotVisible", "Delayed")]
        answer = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"].get(name, 0)) for name in names)

    @cached_property
    def landing_queue(self) -> str:
        """The queue between S3's events and the gate."""
        prefix = self.outputs["gate_function"].removesuffix("batch-gate")
        answer = self.client("sqs").get_queue_url(QueueName=f"{prefix}landing-events")
        return str(answer["QueueUrl"])

    def dead_letters(self) -> dict[str, int]:
        """How many messages each dead letter queue holds."""
        return {name: self.depth(url) for name, url in self.outputs["dead_letter_queues"].items()}

    def log(self, actor: str) -> list[str]:
        """The lines of an actor's log: validate, transform, gate, cleanup."""
        group = self.outputs["log_groups"][actor]
        pages = self._pages("logs", "filter_log_events", logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    def lake_tables(self) -> dict[str, str]:
        """Where the metadata of each table of the lake lies, as Glue has it."""
        pages = self._pages("glue", "get_tables", DatabaseName=self.outputs["glue_database"])
        return {
            table["Name"]: table["Parameters"]["metadata_location"]
            for page in pages
            for table in page["TableList"]
        }

    def table(self, metadata: str, *columns: str) -> list[Row]:
        """The rows of a table of the lake.

        Args:
            metadata: One of `lake_tables()`.
            columns: Only these; all by default.
        """
        rows: list[Row] = self.arrow(metadata, *columns).to_pylist()
        return rows

    def arrow(self, metadata: str, *columns: str) -> pa.Table:
        """The same, in columns."""
        return self._table(metadata).scan(selected_fields=columns or ("*",)).to_arrow()

    def _table(self, metadata: str) -> StaticTable:
        given = self.variables
        properties = {
            "s3.endpoint": given["AWS_ENDPOINT_URL"],
            "s3.access-key-id": given["AWS_ACCESS_KEY_ID"],
            "s3.secret-access-key": given["AWS_SECRET_ACCESS_KEY"],
            "s3.region": given["AWS_REGION"],
            "s3.force-virtual-addressing": "false",
        }
        return StaticTable.from_metadata(metadata, properties)

    def data_files(self, metadata: str) -> list[str]:
        """The files that hold the rows of a table of the lake: a commit of nothing adds none."""
        files = self._table(metadata).scan().plan_files()
        return sorted(found.file.file_path for found in files)

    def _pages(self, service: str, operation: str, **request: Any) -> Iterator[Row]:
        yield from self.client(service).get_paginator(operation).paginate(**request)

"""The whole pipeline on a loopback AWS: what Terraform makes, told by the files of Terraform.

Real are gate, cleanup, both tasks (in this process), the definition of the state machine and
everything between them. Ours is what AWS does itself: S3's events, the interpreter of the
definition (moto's, in this process, on the services of moto's server), and the rule that calls
cleanup at an execution's end. Each actor has an access key of its own, called as its role.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from spark_jobs.batch.files import BATCH, FILE, batch_key
from spark_jobs.batch.lease import LEASE
from spark_jobs.batch.table import Row, StateTable
from step_functions.lambdas.batch_gate import handler as gate
from step_functions.lambdas.batch_gate.gate import Gate
from step_functions.lambdas.batch_gate.gate import metrics as gate_metrics
from step_functions.lambdas.cleanup import handler as cleanup
from tests.aws.deployment import INBOX, LANDING, make_everything, state_machine, told
from tests.aws.tasks import RunTask, keys_of
from tests.batch.aws.pipeline import Context, changed
from tests.batch.aws.world import ACCOUNT, MACHINE, created, queued
from tests.publish.stage import CATEGORIES, ORDERS, Item, items
from tests.step_functions.asl.acts import dies
from tests.step_functions.asl.harness import Ended, script_tasks, what_happened
from tests.support.aws_server import REGION

TASKS = {"RunValidationTask": "validate", "RunTransformationTask": "transform"}
Version = tuple[str, str]
_MOST_SECONDS = 240


class Chain:
    """One deployment.

    Args:
        work: A folder in place of the tasks' own storage.
        run_task: Job, command and environment of a container in, exit code out.
    """

    def __init__(self, work: Path, run_task: RunTask, monkeypatch: pytest.MonkeyPatch) -> None:
        make_everything()
        self._run_container = run_task
        self.s3, self.dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        self.states, self._sqs = boto3.client("stepfunctions"), boto3.client("sqs")
        self.job_variables = told("tasks", local__task_folders__work=str(work))
        self.lambda_variables = told("lambdas")
        self.table = StateTable(self.dynamodb, self.job_variables["ORDERS_STATE_TABLE"])
        self.acts: dict[str, list[Any]] = {}
        """What happens instead of a task's process, by state."""
        self.waits: list[float] = []
        self.ended: dict[str, Ended] = {}
        """What each execution did, by name."""
        self._inbox = self._sqs.get_queue_url(QueueName=INBOX)["QueueUrl"]
        self._machines = stepfunctions_parser_backends[ACCOUNT][REGION]
        self._machines.reset()
        self._machines.create_state_machine(**state_machine())
        self._start_lambdas(monkeypatch)
        script_tasks(monkeypatch, self)

    def drop(self, paths: Iterable[Path]) -> list[Version]:
        """Uploads files to landing, each into the folder of its name; key and version of each."""
        return [self._put(f"landing/{path.parent.name}/{path.name}", path) for path in paths]

    def _put(self, key: str, path: Path) -> Version:
        answer = self.s3.put_object(Bucket=LANDING, Key=key, Body=path.read_bytes())
        return key, str(answer["VersionId"])

    def tell(self, versions: Iterable[Version]) -> None:
        """Takes S3's events about these versions to the gate, as one batch of messages."""
        events = (created(key, version, LANDING) for key, version in versions)
        assert self.gate(queued(*events)) == {"batchItemFailures": []}

    def gate(self, event: dict[str, Any]) -> dict[str, Any]:
        """Invokes the gate; what it answers goes through JSON."""
        with self._as_lambda("batch-gate"):
            answer: dict[str, Any] = _json(gate.handler(_json(event), Context()))
        return answer

    def cleanup(self, event: dict[str, Any]) -> dict[str, Any]:
        """Invokes cleanup."""
        with self._as_lambda("cleanup"):
            answer: dict[str, Any] = _json(cleanup.handler(_json(event), Context()))
        return answer

    def run(self) -> list[str]:
        """Runs the executions that were started, and those that they start; their names."""
        names = []
        while running := self.states.list_executions(
            stateMachineArn=MACHINE, statusFilter="RUNNING"
        )["executions"]:
            assert len(running) == 1, "two executions at once"
            self._execute(running[0]["name"], running[0]["executionArn"])
            names.append(running[0]["name"])
        return names

    def batch(self, batch_id: str) -> Row:
        """The batch's row."""
        return self.table.get(batch_key(batch_id)) or {}

    @property
    def batches(self) -> list[Row]:
        """The rows of all batches, in order."""
        return list(self.table.all(BATCH))

    @property
    def files(self) -> list[Row]:
        """The rows of all versions."""
        return list(self.table.all(FILE))

    @property
    def lease(self) -> Row:
        """The lease's row."""
        return self.table.get(LEASE) or {}

    def versions(self, prefix: str) -> list[str]:
        """The keys of all versions in the landing bucket under a prefix."""
        found = self.s3.list_object_versions(Bucket=LANDING, Prefix=prefix)
        assert not found["IsTruncated"]
        return sorted(version["Key"] for version in found.get("Versions", []))

    def kpis(self) -> dict[str, list[Item]]:
        """The items of both KPI tables."""
        return {
            name: items(self.dynamodb, self.job_variables[f"ORDERS_{name.upper()}"])
            for name in (ORDERS, CATEGORIES)
        }

    def mails(self) -> list[dict[str, str]]:
        """The messages of the topic since this was asked last."""
        found: list[dict[str, str]] = []
        while some := self._sqs.receive_message(QueueUrl=self._inbox, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in some:
                receipt = message["ReceiptHandle"]
                self._sqs.delete_message(QueueUrl=self._inbox, ReceiptHandle=receipt)
                found.append(json.loads(message["Body"]))
        return found

    def _execute(self, name: str, arn: str) -> None:
        given = self.states.describe_execution(executionArn=arn)["input"]
        self._execution = self._machines.start_execution(MACHINE, name, given)
        deadline = time.monotonic() + _MOST_SECONDS
        while self._execution.status == "RUNNING":
            assert time.monotonic() < deadline, "the execution does not end"
            time.sleep(0.02)
        events: Any = self._execution.to_history_output()["events"]
        self.ended[name] = what_happened(self._execution.to_describe_output(), events)
        # The server knows no other way to end one that it does not run itself.
        self.states.stop_execution(executionArn=arn)
        self.cleanup(changed(name, self._execution.status))

    def is_scripted(self, state: str) -> bool:
        """Whether moto leaves a state to `answer`."""
        return state in TASKS or state == "Clean up"

    def answer(self, state: str) -> Any:
        """What ECS or Lambda do with the parameters that the state gives them."""
        given = self._scheduled()
        if state == "Clean up":
            assert given["FunctionName"].endswith(":cleanup")
            return {"StatusCode": 200, "Payload": self.cleanup(given["Payload"])}
        if self.acts.get(state):
            return self.acts[state].pop(0)(self)
        return self._run_task(TASKS[state], given)

    def _scheduled(self) -> dict[str, Any]:
        events = self._execution.to_history_output()["events"]
        details = [event.get("taskScheduledEventDetails") for event in events]
        found: dict[str, Any] = json.loads([d for d in details if d][-1]["parameters"])
        return found

    def _run_task(self, job: str, given: Mapping[str, Any]) -> Any:
        """Runs the task definition's container with the overrides."""
        assert given["TaskDefinition"].endswith(f"/{job}-task")
        (container,) = given["Overrides"]["ContainerOverrides"]
        assert container["Name"] == job
        own = {one["Name"]: one["Value"] for one in container["Environment"]}
        exit_code = self._run_container(job, container["Command"], self.job_variables | own)
        if exit_code:
            return "States.TaskFailed", dies(exit_code)
        return {"TaskArn": "arn", "Containers": [{"ExitCode": 0}]}

    def _as_lambda(self, name: str) -> AbstractContextManager[Any]:
        return patch.dict(os.environ, self.lambda_variables | {"POWERTOOLS_SERVICE_NAME": name})

    def _start_lambdas(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The functions start anew, each with a role of its own."""
        starts: dict[str, Callable[[], Any]] = {
            "gate": Gate.of,
            "cleanup": cleanup.clients.__wrapped__,
        }
        started = {}
        for role, start in starts.items():
            boto3.setup_default_session(**keys_of(role))
            with self._as_lambda(role):
                started[role] = start()
        boto3.DEFAULT_SESSION = None
        monkeypatch.setattr(gate, "the_gate", lambda: started["gate"])
        monkeypatch.setattr(cleanup, "clients", lambda: started["cleanup"])
        for metrics in (gate_metrics, cleanup.metrics):
            # In a Lambda these stand in the environment before the module is loaded.
            monkeypatch.setattr(metrics, "namespace", "OrderPipeline")
            monkeypatch.setattr(metrics, "service", "test")


def _json(document: Any) -> Any:
    return json.loads(json.dumps(document))

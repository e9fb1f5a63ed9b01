"""The state machine run by moto in process: real DynamoDB, SNS and SQS, scripted tasks, no waits.

What ECS and Lambda would do is a list of acts for each state, one for each attempt. Any other
task does what moto's service does, unless acts were scripted for it. The history that is
returned is moto's own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Protocol, cast

import boto3
import pytest
from moto import mock_aws
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.mocking.mock_config import MockedResponseReturn

from scripts.check_asl import DEFINITION, EXAMPLE, rendered
from tests.step_functions.asl.acts import (
    BATCH,
    Act,
    cleans,
    leaves,
    told,
)
from tests.support.aws_server import CREDENTIALS, REGION

EXECUTION = f"{BATCH}-r1"
SCRIPTED_ALWAYS = ("RunValidationTask", "RunTransformationTask", "Clean up")
_client = boto3.client
_clients: dict[tuple[str, bool], Any] = {}
_parse = AmazonStateLanguageParser.parse
_parsed: dict[str, Any] = {}


@dataclass
class Ended:
    """What an execution did: states in order, error where it failed, parameters by state."""

    states: list[str]
    status: str
    error: str | None
    cause: str | None
    parameters: list[tuple[str, dict[str, Any]]]

    @property
    def told_cleanup(self) -> str:
        """The ending that cleanup was told."""
        return str([p["Payload"]["status"] for s, p in self.parameters if s == "Clean up"][-1])


class Scripted(Protocol):
    """Who answers for ECS and Lambda, and keeps the waits that were wanted, in seconds."""

    waits: list[float]

    def is_scripted(self, state: str) -> bool: ...

    def answer(self, state: str) -> Any: ...


@dataclass
class Pipeline:
    """A batch's row, a topic with a reader, and the state machine."""

    acts: dict[str, list[Act]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    mails: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clean_ups: list[str] = []
        self.dynamodb = boto3.client("dynamodb", region_name=REGION)
        keys = {"pk": "HASH", "sk": "RANGE"}
        self.dynamodb.create_table(
            TableName=EXAMPLE["state_table"],
            KeySchema=[{"AttributeName": n, "KeyType": t} for n, t in keys.items()],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.sns = boto3.client("sns", region_name=REGION)
        self.sqs = boto3.client("sqs", region_name=REGION)
        topic = self.sns.create_topic(Name="order-alerts")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="mails")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
        self.values = EXAMPLE | {"topic_arn": topic}
        self.set(state="RUNNING", execution=EXECUTION)

    def set(self, **attributes: str) -> None:
        """Write attributes of the batch's row."""
        self.dynamodb.update_item(
            TableName=EXAMPLE["state_table"],
            Key=_KEY,
            UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in attributes),
            ExpressionAttributeNames={f"#{n}": n for n in attributes},
            ExpressionAttributeValues={f":{n}": {"S": v} for n, v in attributes.items()},
        )

    def row(self) -> dict[str, str]:
        """The batch's row as it stands."""
        item = self.dynamodb.get_item(TableName=EXAMPLE["state_table"], Key=_KEY)["Item"]
        return {name: value["S"] for name, value in item.items()}

    def script(self, state: str, *acts: Act) -> Pipeline:
        """What a state's attempts do, in order; the last act is repeated for a scripted task."""
        self.acts[state] = list(acts)
        return self

    def run(self, given: Mapping[str, Any] | None = None, size: int = 1000) -> Ended:
        """Run an execution to its end."""
        states = boto3.client("stepfunctions", region_name=REGION)
        machine = states.create_state_machine(
            name="order-pipeline",
            definition=rendered(DEFINITION.read_text(encoding="utf-8"), self.values),
            roleArn="arn:aws:iam::123456789012:role/order-pipeline",
        )["stateMachineArn"]
        whole = {"batch_id": BATCH, "run": 1, "manifest": "s3://lake/manifests/b.json"}
        given = whole | {"files": 3, "bytes": size} if given is None else given
        arn = states.start_execution(
            stateMachineArn=machine, name=EXECUTION, input=json.dumps(given)
        )["executionArn"]
        deadline = time.monotonic() + 60
        while (told := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline, "the execution does not end"
            time.sleep(0.03)
        self._read_mails()
        return what_happened(told, states.get_execution_history(executionArn=arn)["events"])

    def _read_mails(self) -> None:
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        self.mails = [json.loads(m["Body"]) for m in found.get("Messages", [])]

    def is_scripted(self, state: str) -> bool:
        """Whether a state does what its acts say, and not what moto's service does."""
        return state in SCRIPTED_ALWAYS or bool(self.acts.get(state))

    def answer(self, state: str) -> Any:
        """The next act of a state, done."""
        acts = self.acts[state]
        act = acts.pop(0) if len(acts) > 1 or state not in SCRIPTED_ALWAYS else acts[0]
        return act(self)


_KEY = {"pk": {"S": "batch"}, "sk": {"S": BATCH}}


def what_happened(told: Mapping[str, Any], events: list[dict[str, Any]]) -> Ended:
    """What an execution did, by its description and its history."""
    entered: list[str] = []
    parameters = []
    for event in events:
        if "stateEnteredEventDetails" in event:
            entered.append(event["stateEnteredEventDetails"]["name"])
        if "taskScheduledEventDetails" in event:
            given = json.loads(event["taskScheduledEventDetails"]["parameters"])
            parameters.append((entered[-1], given))
    return Ended(entered, told["status"], told.get("error"), told.get("cause"), parameters)


@contextmanager
def a_pipeline(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline in which validation accepts, transformation is done and cleanup has no more."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(boto3, "client", _kept_client)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        pipeline = Pipeline()
        pipeline.script("RunValidationTask", leaves("accepted"))
        pipeline.script("RunTransformationTask", leaves("done", **told("done")))
        pipeline.script("Clean up", cleans(more=False))
        script_tasks(monkeypatch, pipeline)
        yield pipeline


def _kept_client(service_name: str, **how: Any) -> Any:
    """Clients outlive a test: to make one takes longer than a call; moto's are laxer than ours."""
    key = (service_name, "config" in how)
    if key not in _clients:
        _clients[key] = _client(service_name, **how)
    return _clients[key]


def script_tasks(monkeypatch: pytest.MonkeyPatch, pipeline: Scripted) -> None:
    """Lets moto's interpreter ask what tasks do, and wait for nothing."""

    def is_scripted(env: Any) -> bool:
        return pipeline.is_scripted(env.next_state_name)

    def answer(env: Any) -> MockedResponseReturn:
        said = pipeline.answer(env.next_state_name)
        if isinstance(said, tuple):
            raise _failure(env, *said)
        return MockedResponseReturn(0, 0, said)

    def parse(text: str) -> Any:
        if text not in _parsed:
            _parsed[text] = _parse(text)
        return _parsed[text]

    monkeypatch.setattr(AmazonStateLanguageParser, "parse", staticmethod(parse))
    monkeypatch.setattr(Environment, "is_mocked_mode", is_scripted)
    monkeypatch.setattr(Environment, "get_current_mocked_response", answer)
    monkeypatch.setattr(
        WaitFunction,
        "_wait_interval",
        lambda self, env, wait_seconds: pipeline.waits.append(wait_seconds),
    )
    monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=pipeline.waits.append))


def _failure(env: Any, error: str, cause: str) -> FailureEventException:
    """An error of a task, in moto's words; its own mock cannot throw those named `States.`."""
    name = (
        StatesErrorName.from_name(error) if error.startswith("States.") else CustomErrorName(error)
    )
    details = TaskFailedEventDetails(error=error, cause=cause)
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=cast(EventDetails, {"taskFailedEventDetails": details}),
        )
    )

"""A whole pipeline to play with: the real gate and cleanup, a model of Step Functions, S3's events.

The model does what the state machine does (outcomes, FINISHING, cleanup with the seed's input),
writes through the tasks' own code, and can die at any moment, with or without a word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError
from moto.backends import get_backend

from spark_jobs.batch import files
from spark_jobs.batch.archive import move
from spark_jobs.batch.files import batch_key
from spark_jobs.batch.lease import draw_fence
from spark_jobs.batch.outcome import write_outcome
from spark_jobs.batch.table import Absent, Condition, Is, Row, Update
from spark_jobs.facts.aws import BatchState, Ending, Task
from spark_jobs.facts.errors import FencedOutError
from spark_jobs.facts.words import Outcome, Verdict
from step_functions.lambdas.batch_gate import gate as gate_module
from step_functions.lambdas.batch_gate import handler as gate
from step_functions.lambdas.cleanup import archive, telling
from step_functions.lambdas.cleanup import handler as cleanup
from tests.batch.aws.processes import Process, hook
from tests.batch.aws.world import (
    ACCOUNT,
    LAKE,
    LANDING,
    MACHINE,
    REGION,
    World,
    a_world,
    created,
    queued,
)

Version = tuple[str, str]
_FORBIDDEN: Any = {"ResponseMetadata": {"HTTPStatusCode": 403}}


class Context:
    """What the Lambda service tells of an invocation."""

    function_name = "cleanup"
    memory_limit_in_mb = 512
    invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:cleanup"
    aws_request_id = "r"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 300_000


class Pipeline:
    """One environment, with the files that were dropped and the events that are on their way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dropped: dict[Version, bool] = {}
        """Each version, and whether it can belong to a batch."""
        self.events: list[Version] = []
        self.invocations: list[dict[str, Any]] = []
        """Asynchronous calls of cleanup that were not delivered yet."""
        self.phases: dict[str, str] = {}
        """How far each execution is: validate, transform, finishing, cleanup, over."""
        self.told: list[str] = []
        """The mails that came."""
        self.forbidden = self.forbade = False
        """Whether cleanup may move no file now, and whether that ever was so."""

    def drop(self, key: str, *, told: bool = True, belongs: bool = True) -> Version:
        """Uploads a file; its event is on the way, unless it gets lost."""
        version = (key, self.world.drop(key))
        self.dropped[version] = belongs
        if told:
            self.events.append(version)
        return version

    def gate(self, event: Any) -> Process:
        """An invocation of the gate that has not begun."""
        return Process(lambda: gate.handler(event, None))

    def deliver(self, *versions: Version) -> Process:
        """The gate, with the events of these versions."""
        return self.gate(queued(*(created(*version) for version in versions)))

    def cleanup(self, event: Mapping[str, Any]) -> Process:
        """An invocation of cleanup that has not begun."""
        return Process(lambda: cleanup.handler(dict(event), Context()))

    def forbid(self) -> None:
        """Somebody takes cleanup's right to copy away, until the pipeline is to come to its end."""
        self.forbidden = self.forbade = True

    def move(self, *file: Any) -> Any:
        """As cleanup moves a file."""
        if self.forbidden:
            raise ClientError({"Error": {"Code": "AccessDenied"}, **_FORBIDDEN}, "CopyObject")
        return move(*file)

    # -- what Step Functions and the tasks do -------------------------------------------------

    def running(self) -> list[str]:
        """The executions that Step Functions says are running."""
        names = [one.name for one in self._executions() if one.status == "RUNNING"]
        for name in names:
            self.phases.setdefault(name, "validate")
        return names

    def task(self, execution: str, outcome: Outcome | None) -> None:
        """The task that is due ends, with this outcome or without a word."""
        batch_id, phase = execution.rpartition("-r")[0], self.phases[execution]
        if phase == "transform":
            draw_fence(self.world.table, execution)  # the lease is held: FencedOutError else
        if outcome:
            self._speak(batch_id, execution, Task(phase), outcome)
        on = phase == "validate" and outcome in {Outcome.ACCEPTED, Outcome.PARTIAL}
        self.phases[execution] = "transform" if on else "finishing"

    def zombie(self, execution: str) -> None:
        """The transform of an execution that is gone ends its work all the same."""
        batch_id = execution.rpartition("-r")[0]
        try:
            draw_fence(self.world.table, execution)
            self._speak(batch_id, execution, Task.TRANSFORM, Outcome.DONE)
        except FencedOutError:
            return

    def finishing(self, execution: str) -> Process:
        """Its end: marked, told or not, and cleanup called."""
        self.mark(execution)
        return self.tell(execution, sent=False)

    def mark(self, execution: str) -> None:
        """Marks it FINISHING and claims the alert, as the state machine does."""
        mine: list[Condition] = [
            Is("execution", execution),
            Is("state", BatchState.RUNNING, BatchState.FINISHING),
            Absent("alerted_at_claim"),
        ]
        changes = {"state": BatchState.FINISHING, "alerted_at_claim": execution}
        key = batch_key(execution.rpartition("-r")[0])
        assert self.world.table.write(Update(key, set=changes, when=mine)) is not None
        self.phases[execution] = "telling"

    def tell(self, execution: str, *, sent: bool) -> Process:
        """Sends the alert, or gives it back, and calls cleanup with what it goes by."""
        key = batch_key(execution.rpartition("-r")[0])
        row = self.world.table.get(key) or {}
        if row.get("execution") == execution:
            assert row["alerted_at_claim"] == execution, f"somebody else tells it, too: {row}"
            mark = {"alerted_at": "now"} if sent else {}
            self.world.table.write(Update(key, set=mark, remove=["alerted_at_claim"]))
        self.phases[execution] = "cleanup"
        done = row.get("transform_outcome") == Outcome.DONE
        accepted = row.get("validate_outcome") in {Outcome.ACCEPTED, Outcome.PARTIAL}
        failed = Ending.TRANSFORMATION_FAILED if accepted else Ending.VALIDATION_FAILED
        return self.by_hand(execution, Ending.SUCCESS if done else failed)

    def by_hand(self, execution: str, ending: Ending = Ending.SUCCESS) -> Process:
        """Cleanup with the seed's input, which only says what its caller believes."""
        arn = self.world.arn(execution)
        given = {"executionArn": arn, "status": str(ending), "stepFunctionArn": MACHINE}
        return self.cleanup(given)

    def ends(self, execution: str, status: str, *, told: bool = True) -> None:
        """The execution is over; the rule tells cleanup so, unless that gets lost."""
        self.status(execution, status)
        self.phases[execution] = "over"
        if told:
            self.invocations.append(changed(execution, status))

    def status(self, execution: str, status: str) -> None:
        """What Step Functions says of an execution from now on."""
        (found,) = [one for one in self._executions() if one.name == execution]
        found.status = status

    @staticmethod
    def _executions() -> list[Any]:
        backend: Any = get_backend("stepfunctions")[ACCOUNT][REGION]
        return [execution for machine in backend.state_machines for execution in machine.executions]

    def run_to_end(self, execution: str, *outcomes: Outcome) -> None:
        """An execution whose tasks leave these outcomes, from where it stands to its end."""
        left = list(outcomes) or [Outcome.ACCEPTED, Outcome.DONE]
        while self.phases[execution] in {"validate", "transform"}:
            if self.phases[execution] == "transform" and not outcomes:
                left = [Outcome.DONE]
            self.task(execution, left.pop(0))
        if self.phases[execution] == "finishing":
            self.mark(execution)
        if self.phases[execution] == "telling":
            self.tell(execution, sent=True).finish()
        self.ends(execution, "SUCCEEDED")

    def _speak(self, batch_id: str, execution: str, task: Task, outcome: Outcome) -> None:
        verdict = Verdict.REJECTED if outcome == Outcome.REJECTED else Verdict.ACCEPTED
        address = f"staged/{execution}/verdict.json"
        if task == Task.VALIDATE and outcome != Outcome.FATAL:
            judged = [
                {"bucket": LANDING, "key": key, "version_id": version, "verdict": verdict}
                for key, version in self.world.manifest(batch_id)
            ]
            self.world.s3.put_object(
                Bucket=LAKE, Key=address, Body=json.dumps({"files": judged}).encode()
            )
        more = {"verdict": f"s3://{LAKE}/{address}"} if task == Task.VALIDATE else {}
        write_outcome(self.world.table, batch_id, execution, task, outcome, more=more)

    # -- the end ------------------------------------------------------------------------------

    def drain(self) -> None:
        """Sweeps, time and well-behaved executions until nothing is left to do; a bounded number.

        A batch needs at most a sweep that starts it, one that calls cleanup, and one after it.
        """
        self.forbidden = False
        for _ in range(4 + 3 * (len(self.dropped) + len(self.world.batches()))):
            self.world.long_ago()
            self.gate({"sweep": True}).finish()
            while self.invocations:
                self.cleanup(self.invocations.pop()).finish()
            for execution in self.running():
                self.run_to_end(execution)
            if self.is_idle():
                return
        raise AssertionError(f"stuck: {self.world.batches()} {self.world.lease()}")

    def is_idle(self) -> bool:
        """Whether nothing waits for anything but a person, and all that ended was told."""
        ended = {BatchState.DONE, BatchState.FAILED, BatchState.EMPTY}
        untold = [row for row in self.rows("batch") if "alerted_at" not in row]
        rows, (lease,) = self.rows("file"), self.rows("lease") or [{}]
        return (
            {row["state"] for row in self.rows("batch")} <= ended
            and {row["state"] for row in untold} <= {BatchState.EMPTY}
            and {row["state"] for row in rows} <= {"CLAIMED", "ARCHIVED", "GONE"}
            and {(row["key"], row["version_id"]) for row in rows} >= set(self.dropped)
            and "execution" not in lease
            and not self.running()
        )

    def again(self) -> None:
        """Somebody has mended the cause and starts each failed batch again."""
        for row in self.world.batches():
            if row["state"] == BatchState.FAILED:
                assert "refused" not in self.gate({"again": row["sk"]}).finish().answer

    def manifests(self) -> dict[str, list[Version]]:
        """What each manifest says, by batch; as moto holds them."""
        keys = get_backend("s3")[ACCOUNT]["aws"].buckets[LAKE].keys
        found: dict[str, list[Version]] = {}
        for key in keys:
            if key.startswith("manifests/"):
                (only,) = keys.getlist(key)
                document = json.loads(only.value)
                versions = [(file["key"], file["version_id"]) for file in document["files"]]
                found[document["batch_id"]] = versions
        return found

    def rows(self, pk: str) -> list[Row]:
        """The rows of a kind as moto holds them: much faster than by asking."""
        backend: Any = get_backend("dynamodb")[ACCOUNT][REGION]
        items = backend.tables["pipeline_state"].items.values()
        found = [item.to_json()["Attributes"] for by_range in items for item in by_range.values()]
        texts = [{name: next(iter(value.values())) for name, value in row.items()} for row in found]
        return [row for row in texts if row["pk"] == pk]


def changed(execution: str, status: str) -> dict[str, Any]:
    """The event of EventBridge about an execution's end."""
    detail = {
        "executionArn": World.arn(execution),
        "stateMachineArn": MACHINE,
        "status": status,
        "name": execution,
    }
    kind = "Step Functions Execution Status Change"
    return {"source": "aws.states", "detail-type": kind, "detail": detail}


class InThisThread:
    """An executor whose calls belong to the process that makes them."""

    def __init__(self, *_: Any) -> None:
        self.map = map

    def __enter__(self) -> InThisThread:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@contextmanager
def a_pipeline() -> Iterator[Pipeline]:
    """An empty pipeline for the time of the block."""
    with (
        a_world(POWERTOOLS_METRICS_DISABLED="true") as world,
        patch.object(files, "_CLAIMS", 1),  # a batch of two files is claimed in two steps
        patch.object(archive, "ThreadPoolExecutor", InThisThread),
        patch.object(telling, "CLAIM_SECONDS", 0.0),
        patch.object(telling, "PATIENCE_SECONDS", 0.0),
        ExitStack() as stack,
    ):
        for module in (gate_module, cleanup):
            module.metrics.namespace = "OrderPipeline"
            module.logger.setLevel("CRITICAL")
            stack.callback(module.logger.setLevel, "INFO")
        there = gate.the_gate()
        clients = [there.table.client, there.s3, there.states, there.sns, there.functions]
        hook([*clients, *cleanup.clients().values()])
        pipeline = Pipeline(world)
        stack.enter_context(patch.object(archive, "move", pipeline.move))
        _listen(there.functions, pipeline)
        yield pipeline


_LISTENING: list[Pipeline] = []


def _listen(functions: Any, pipeline: Pipeline) -> None:
    """Takes the gate's asynchronous calls of cleanup to the pipeline that is played with now."""
    if not _LISTENING:
        functions.meta.events.register("provide-client-params.lambda.Invoke", _invoked)
    _LISTENING[:] = [pipeline]


def _invoked(params: Mapping[str, Any], **_: Any) -> None:
    _LISTENING[0].invocations.append(json.loads(params["Payload"]))

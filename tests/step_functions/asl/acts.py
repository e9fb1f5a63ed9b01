"""What a scripted attempt does: a task's outcome, a task's death, cleanup's answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.step_functions.asl.harness import Pipeline

BATCH = "20261122T101500Z-000001"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/ecommerce-cluster/0123abcd"
Act = Callable[["Pipeline"], Any]


def leaves(outcome: str, **more: str) -> Act:
    """The task writes its outcome, under the name of whichever task runs, and exits 0."""

    def act(pipeline: Pipeline) -> Any:
        task = "transform" if outcome == "done" or "transform" in more else "validate"
        written = {f"{task}_outcome": outcome, f"{task}_code": "-", **more}
        written.pop("transform", None)
        pipeline.set(**written)
        return {"TaskArn": "arn", "Containers": [{"ExitCode": 0}]}

    return act


def reads(pipeline: Pipeline) -> Any:
    """The batch's row as it stands."""
    return {"Item": {name: {"S": value} for name, value in pipeline.row().items()}}


def reads_before(*late: Act) -> Act:
    """The row as it stands; then a task that was thought dead does what it had begun."""

    def act(pipeline: Pipeline) -> Any:
        read = reads(pipeline)
        for one in late:
            one(pipeline)
        return read

    return act


def leaves_nothing(pipeline: Pipeline) -> Any:
    """The task exits 0 without an outcome."""
    return {"TaskArn": "arn"}


def fails(error: str, cause: str = "", first: Act | None = None) -> Act:
    """The state fails; `first` is what the task did before."""

    def act(pipeline: Pipeline) -> Any:
        if first is not None:
            first(pipeline)
        return error, cause

    return act


def dies(exit_code: int = 1, stop: str = "EssentialContainerExited", reason: str = "-") -> str:
    """The Cause of a task that ended by itself or never started, as ECS describes it."""
    container = {"ExitCode": exit_code, "Name": "validate"}
    task = {"TaskArn": TASK, "StopCode": stop, "StoppedReason": reason}
    return json.dumps(task | {"Containers": [container]}, separators=(",", ":"))


def cleans(**answer: Any) -> Act:
    """Cleanup's answer; it notes the state of the batch that it meets."""

    def act(pipeline: Pipeline) -> Any:
        pipeline.clean_ups.append(pipeline.row()["state"])
        return {"StatusCode": 200, "Payload": {"batch_id": BATCH, "state": "DONE"} | answer}

    return act


def told(outcome: str) -> dict[str, str]:
    """The alert that a task leaves."""
    return {"alert_subject": f"batch {outcome}", "alert_message": f"all about {outcome}"}

"""Step Functions' `ecs:runTask` and `ecs:runTask.sync`.

AWS: `.sync` waits for the end of the task, and its result is that task in PascalCase. A task that
never started, or whose essential container did not exit with 0, fails the state with
`States.TaskFailed`; its Cause is the task as JSON. A launch that ECS refuses is an `ECS.…` error,
`failures` in its answer are `AmazonECS.Unknown`. Without `.sync` the answer of RunTask is the
result at once, its `Failures` too. (The emulator lets every task succeed.)

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html#API_RunTask_Errors
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from ministack.services import ecs
from ministack.services import stepfunctions as sfn

from scripts.local_aws.replaced import ContractError, replace
from scripts.local_aws.tasks.waiting import Task, go_on, stop, waiting

INTEGRATION = "arn:aws:states:::ecs:runTask"
MODELLED = frozenset(
    f"{name}Exception"
    for name in (
        *("AccessDenied", "Blocked", "Client", "ClusterNotFound", "Conflict", "InvalidParameter"),
        *("PlatformTaskDefinitionIncompatibility", "PlatformUnknown", "Server"),
        "UnsupportedFeature",
    )
)
"""Errors of RunTask that have a name of their own; any other is `AmazonECSException`."""
BAD_REQUEST = 400
_POLL_SECONDS = 0.2


def install() -> None:
    """Replaces the integration in Step Functions' table."""

    def table(stock: dict[str, Any]) -> dict[str, Any]:
        if INTEGRATION not in stock:
            raise ContractError(f"Step Functions of the emulator has no {INTEGRATION}")
        return stock | {INTEGRATION: run_task}

    replace(sfn, "_SERVICE_DISPATCH", table)


def run_task(resource: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The result of the state.

    Raises:
        _ExecutionError: As the state machine's Retry and Catch know it.
    """
    request = sfn._pascal_to_camel(parameters)
    if not resource.rstrip("/").endswith(".sync"):
        return _result(_launched(request))
    go_on()
    answer = _launched(request | {"startedBy": "AWS Step Functions"})
    if answer.get("failures") or not answer.get("tasks"):
        raise sfn._ExecutionError("AmazonECS.Unknown", _text(_result(answer)))
    record = _ended(Task(request.get("cluster", "default"), answer["tasks"][0]["taskArn"]))
    result = _result(ecs._sanitize(record))
    if _failed(record):
        raise sfn._ExecutionError("States.TaskFailed", _text(result))
    return result


def _launched(request: dict[str, Any]) -> dict[str, Any]:
    status, _, body = ecs._run_task(request)
    answer: dict[str, Any] = json.loads(body or "{}")
    if status >= BAD_REQUEST:
        code = str(answer.get("__type", "")).rsplit("#", 1)[-1]
        name = code if code in MODELLED else "AmazonECSException"
        raise sfn._ExecutionError(f"ECS.{name}", f"{answer.get('message', '')} ({code})")
    return answer


def _ended(task: Task) -> dict[str, Any]:
    """The task's record once it is STOPPED; it is stopped when nobody waits for it any more."""
    for one in waiting():
        if not one.add(task):
            stop(task, "Task stopped by AWS Step Functions: the execution had ended")
    while True:
        go_on()
        ecs._describe_tasks({"cluster": task.cluster, "tasks": [task.arn]})
        record: dict[str, Any] | None = ecs._tasks.get(task.arn)
        if record is None:
            raise sfn._ExecutionError("ECS.AmazonECSException", f"{task.arn} is gone")
        if record["lastStatus"] == "STOPPED":
            for one in waiting():
                one.ended(task)
            return record
        time.sleep(_POLL_SECONDS)


def _failed(record: dict[str, Any]) -> bool:
    containers = zip(record["containers"], record["_container_essentials"], strict=True)
    return record.get("stopCode") == "TaskFailedToStart" or any(
        essential and container.get("exitCode") != 0 for container, essential in containers
    )


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of ECS as Step Functions passes it on: PascalCase, times in milliseconds."""
    passed_on: dict[str, Any] = _in_pascal_case(answer)
    return passed_on


def _in_pascal_case(value: Any, name: str = "") -> Any:
    if isinstance(value, list):
        return [_in_pascal_case(item) for item in value]
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _in_pascal_case(it, key) for key, it in value.items()}
    if name in ecs._ECS_TIMESTAMP_FIELDS and isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    return value


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))

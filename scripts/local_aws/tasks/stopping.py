"""How tasks of ECS stop.

AWS: StopTask answers at once, with `desiredStatus` STOPPED. The containers get SIGTERM and, after
`stopTimeout` seconds (the container definition's, else 30, on Fargate at most 120), SIGKILL. The
task is STOPPED when they are gone, with the exit codes that they left and `UserInitiated`; it
stays so whatever its containers did meanwhile. (The emulator says STOPPED with exit code 0 first,
and kills after 5 seconds.)

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import resource_lock, spawn_background
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from scripts.local_aws.replaced import replace
from scripts.local_aws.tasks.logs import wait_for_the_rest

Record = dict[str, Any]
DEFAULT_SECONDS = 30
MOST_SECONDS = 120
_REASONS = {"Essential container exited": "Essential container in task exited"}


def install() -> None:
    """Replaces the emulator's functions."""
    replace(ecs, "_stop_task", lambda _: stop_task)
    replace(ecs, "_mark_task_stopped", _as_asked)


def stop_task(data: dict[str, Any]) -> Any:
    """Answers StopTask; the task ends in the background."""
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    if cluster is None:
        return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    task = ecs._resolve_task(data.get("task", ""), cluster)
    if not task:
        message = "The referenced task was not found."
        return error_response_json("InvalidParameterException", message, 400)
    with resource_lock("ecs-task", task["taskArn"]):
        first = ecs._task_is_active(task["taskArn"], task)
        if first:
            task["_stop"] = (data.get("reason") or "Task stopped by user", "UserInitiated")
            ecs._bump_task_version(task)
            task["desiredStatus"] = "STOPPED"
            task["stoppingAt"] = ecs._iso()
        containers = list(task.get("_docker_ids") or ())
    if first:
        spawn_background(_end, task, containers, thread_name="orders-stop-task")
    return json_response({"task": ecs._sanitize(task)})


def _end(task: Record, containers: list[str]) -> None:
    engine = ecs._get_docker()
    try:
        for place, (identity, seconds) in enumerate(zip(containers, _timeouts(task), strict=False)):
            code = _end_container(engine, identity, seconds)
            with resource_lock("ecs-task", task["taskArn"]):
                task["containers"][place]["exitCode"] = code
        wait_for_the_rest(containers)
    finally:
        # The emulator marks active tasks only; `_as_asked` keeps reason and code ours.
        task["desiredStatus"] = "RUNNING"
        ecs._mark_task_stopped(task["taskArn"], task, *task["_stop"])
        ecs._cleanup_task_resources(task, engine)


def _end_container(engine: Any, identity: str, seconds: int) -> int:
    container = engine.containers.get(identity)
    container.stop(timeout=seconds)
    return int(container.wait()["StatusCode"])


def _timeouts(task: Record) -> list[int]:
    """Seconds between SIGTERM and SIGKILL, container by container."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
    seconds = [
        min(int(one.get("stopTimeout") or DEFAULT_SECONDS), MOST_SECONDS)
        for one in definition.get("containerDefinitions", [])
    ]
    return seconds or [DEFAULT_SECONDS] * len(task["containers"])


def _as_asked(stock: Callable[..., bool]) -> Callable[..., bool]:
    def mark(arn: str, task: Record, reason: str, code: str, exit_code: int | None = None) -> bool:
        reason, code = task.get("_stop") or (_REASONS.get(reason, reason), code)
        return stock(arn, task, reason, code, exit_code)

    return mark

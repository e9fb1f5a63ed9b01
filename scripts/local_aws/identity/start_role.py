"""ECS starts a task with the task's execution role: it pulls the image and opens the log.

Without these rights the task never starts, and says why. The emulator fetches no image from its
registry for a process, and writes logs as itself; the rights are asked for all the same.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

from scripts.local_aws.identity.needs import Need
from scripts.local_aws.identity.sessions import RoleNotTakenError, Session, denial, session_of
from scripts.local_aws.replaced import replace

_TASKS_SERVICE = "ecs-tasks.amazonaws.com"
_IN_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+(?::\d+)?/"
    r"(?P<name>[^@:]+)"
)
_PULLS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def install() -> None:
    """Asks before a container is started."""
    replace(ecs, "_register_metadata", _asking_first)


def _asking_first(stock: Callable[..., str]) -> Callable[..., str]:
    def register(
        task: str, cluster: str, definition: Mapping[str, Any], container: Any, *rest: Any
    ) -> str:
        from ministack import app

        role = _role_of(task, definition)
        if app.AUTH and role:
            _check(role, task, container)
        return stock(task, cluster, definition, container, *rest)

    return register


def _role_of(task: str, definition: Mapping[str, Any]) -> str:
    overrides = (ecs._tasks.get(task) or {}).get("overrides") or {}
    return overrides.get("executionRoleArn") or definition.get("executionRoleArn") or ""


def _check(role: str, task: str, container: Mapping[str, Any]) -> None:
    try:
        session = session_of(role, task.rsplit("/", 1)[-1], _TASKS_SERVICE)
    except RoleNotTakenError as error:
        raise RoleNotTakenError(
            f"ECS was unable to assume the role '{role}' that was provided for this task ({error})."
        ) from error
    image = _IN_ECR.match(container.get("image", ""))
    if image:
        refused = denial(session, Need("ecr:GetAuthorizationToken"), via="ecs")
        if refused:
            raise ecs._SecretResolutionError(f"unable to retrieve ecr registry auth: {refused}")
        repository = f"arn:aws:ecr:{image['region']}:{image['account']}:repository/{image['name']}"
        _need_all(session, [Need(action, repository) for action in _PULLS], ecs._ImagePullError)
    _need_all(session, _of_the_log(task, container), _LogNotOpenedError)


class _LogNotOpenedError(Exception):
    pass


def _need_all(session: Session, needs: list[Need], error: type[Exception]) -> None:
    for need in needs:
        refused = denial(session, need, via="ecs")
        if refused:
            raise error(refused)


def _of_the_log(task: str, container: Mapping[str, Any]) -> list[Need]:
    log = container.get("logConfiguration") or {}
    if log.get("logDriver") != "awslogs":
        return []
    options = log.get("options", {})
    account = task.split(":")[4]
    task_id = task.rsplit("/", 1)[-1]
    stream = f"{options.get('awslogs-stream-prefix')}/{container['name']}/{task_id}"
    arn = (
        f"arn:aws:logs:{options.get('awslogs-region')}:{account}:"
        f"log-group:{options.get('awslogs-group')}:log-stream:{stream}"
    )
    return [Need("logs:CreateLogStream", arn), Need("logs:PutLogEvents", arn)]

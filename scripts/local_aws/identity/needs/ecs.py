"""ECS: a task is run from a definition, in a cluster, and is given roles.

RunTask is asked for on the revision of the task definition, with the cluster as a condition, and
for each role that the task gets `iam:PassRole` with `iam:PassedToService`.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html#ecs-iam
"""

from __future__ import annotations

from ministack.services import ecs

from scripts.local_aws.identity.needs.need import Need, Request

_ROLES = ("taskRoleArn", "executionRoleArn")
_PASSED = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}


def needs(request: Request) -> list[Need]:
    """Of RunTask, StopTask and DescribeTasks as AWS asks; of the others as the emulator does."""
    in_cluster = {"ecs:cluster": _cluster(request)}
    if request.operation in ("RunTask", "StartTask"):
        return _of_a_run(request, in_cluster)
    if request.operation == "StopTask":
        return [Need(request.action, _task(request, request.data.get("task", "")), in_cluster)]
    if request.operation == "DescribeTasks":
        return [
            Need(request.action, _task(request, task), in_cluster)
            for task in request.data.get("tasks", [])
        ] or [Need(request.action, request.resource)]
    return [Need(request.action, request.resource)]


def _of_a_run(request: Request, in_cluster: dict[str, str]) -> list[Need]:
    named = str(request.data.get("taskDefinition", ""))
    definition = ecs._task_defs.get(ecs._resolve_td_key(named)) or {}
    arn = definition.get("taskDefinitionArn") or (
        named if named.startswith("arn:") else request.arn(f"task-definition/{named}")
    )
    overrides = request.data.get("overrides") or {}
    roles = [overrides.get(role) or definition.get(role) for role in _ROLES]
    return [
        Need(request.action, arn, in_cluster),
        *(Need("iam:PassRole", role, _PASSED) for role in roles if role),
    ]


def _cluster(request: Request) -> str:
    cluster = str(request.data.get("cluster") or "default")
    return cluster if cluster.startswith("arn:") else request.arn(f"cluster/{cluster}")


def _task(request: Request, task: str) -> str:
    if task.startswith("arn:"):
        return task
    return request.arn(f"task/{_cluster(request).rsplit('/', 1)[-1]}/{task}")

"""What a container is told by ECS: its environment and the metadata endpoint.

AWS: on Fargate a container has `AWS_REGION`, `AWS_DEFAULT_REGION`, `AWS_EXECUTION_ENV` and
`ECS_CONTAINER_METADATA_URI_V4`; under that address `/task` tells the limits of the task, CPU in
vCPU and memory in MiB. (The emulator tells neither region nor limits, and an address that only a
container in its own network reaches.)

`AWS_ALLOW_HTTP` is the one variable that Fargate does not have: object stores in Rust (Sail) refuse
an endpoint without TLS unless it is set.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import ecs, ecs_metadata

from scripts.local_aws.replaced import replace

UNITS_OF_A_VCPU = 1024


def install() -> None:
    """Replaces the emulator's function."""
    replace(ecs, "_register_metadata", _complete)


def _complete(stock: Callable[..., str]) -> Callable[..., str]:
    def register(
        task_arn: str,
        cluster_arn: str,
        definition: dict[str, Any],
        container: dict[str, Any],
        launch_type: str,
        environment: dict[str, str],
        *_: Any,
    ) -> str:
        # As if on the host's network: both backends reach loopback, and nothing else is served.
        token: str = stock(
            task_arn, cluster_arn, definition, container, launch_type, environment, True, None
        )
        region = task_arn.split(":")[3]
        environment |= {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_ALLOW_HTTP": "true",
        }
        with ecs_metadata._LOCK:
            ecs_metadata._TASKS[task_arn]["Limits"] = limits(definition)
        return token

    return register


def limits(definition: dict[str, Any]) -> dict[str, float | int]:
    """The limits of a task in the endpoint's units."""
    told: dict[str, float | int] = {}
    if definition.get("cpu"):
        told["CPU"] = int(definition["cpu"]) / UNITS_OF_A_VCPU
    if definition.get("memory"):
        told["Memory"] = int(definition["memory"])
    return told

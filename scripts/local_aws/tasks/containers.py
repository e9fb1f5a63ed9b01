"""Tasks of ECS as containers of a local engine (docker at `DOCKER_HOST`).

AWS: a container has no more cpu and memory than its task, or than its own definition says; `user`,
`entryPoint`, `workingDirectory`, `readonlyRootFilesystem`, `tmpfs` and the init process are as
defined; a volume without a source is empty storage of the task. A container that took more memory
than it has ends with 137 and the reason `OutOfMemoryError`. (The emulator hands on command,
environment, capabilities and volumes of the host.)

Containers are on the host's network, so that the emulator need listen on loopback only. A task
that asks for more processors than the machine has gets all of them.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ministack.services import ecs

from scripts.local_aws.replaced import replace
from scripts.local_aws.tasks import commands, images
from scripts.local_aws.tasks.memory import with_the_cause
from scripts.local_aws.tasks.metadata import UNITS_OF_A_VCPU

# By name: to a type checker, `docker` is the folder of this repository.
docker: Any = import_module("docker")
NO_ENGINE = 69
_NANOS_OF_A_CPU = 1_000_000_000
_AS_DEFINED = {"user": "user", "entryPoint": "entrypoint", "workingDirectory": "working_dir"}


def install() -> None:
    """Replaces the emulator's functions.

    Exits with 69 where no engine answers: the emulator would call tasks RUNNING without one.
    """
    try:
        docker.from_env().ping()
    except docker.errors.DockerException as error:
        print(
            f"ORDERS_LOCAL_TASKS=containers needs a container engine, and none answers: {error}\n"
            "Start one and set DOCKER_HOST, or use ORDERS_LOCAL_TASKS=processes",
            file=sys.stderr,
        )
        raise SystemExit(NO_ENGINE) from error
    os.environ.pop(commands.USUAL, None)  # what stands for images is theirs alone
    replace(ecs, "_build_run_kwargs", _as_defined)
    replace(ecs, "_run_docker_container", images.from_here)
    replace(ecs, "_mark_task_stopped", with_the_cause(docker.errors.NotFound))


def _as_defined(stock: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def build(
        container: dict[str, Any],
        definition: dict[str, Any],
        environment: dict[str, str],
        ports: dict[str, Any],
        network: str | None,
        _: bool,
        *rest: Any,
    ) -> dict[str, Any]:
        stock_says = stock(container, definition, environment, ports, network, True, *rest)
        return stock_says | {"ports": None} | options(container, definition, stock_says)

    return build


def options(
    container: dict[str, Any], definition: dict[str, Any], stock: dict[str, Any]
) -> dict[str, Any]:
    """What docker's Python package is told in addition."""
    linux = container.get("linuxParameters") or {}
    said: dict[str, Any] = {
        option: container[name] for name, option in _AS_DEFINED.items() if container.get(name)
    }
    said["read_only"] = bool(container.get("readonlyRootFilesystem"))
    said["init"] = bool(linux.get("initProcessEnabled"))
    said["tmpfs"] = {
        one["containerPath"]: ",".join([f"size={one['size']}m", *one.get("mountOptions", [])])
        for one in linux.get("tmpfs", [])
    }
    said["volumes"] = [*(stock.get("volumes") or ()), *_task_storage(container, definition)]
    cpu = container.get("cpu") or definition.get("cpu")
    if cpu:
        processors = min(int(cpu) / UNITS_OF_A_VCPU, os.cpu_count() or 1)
        said["nano_cpus"] = int(processors * _NANOS_OF_A_CPU)
    memory = container.get("memory") or definition.get("memory")
    if memory:
        said["mem_limit"] = said["memswap_limit"] = f"{memory}m"  # Fargate does not swap
    return said


def _task_storage(container: dict[str, Any], definition: dict[str, Any]) -> list[str]:
    """Paths of volumes without a source: docker makes an anonymous volume of each."""
    empty = {
        volume["name"]
        for volume in definition.get("volumes", [])
        if not (volume.get("host") or {}).get("sourcePath")
    }
    mounts = container.get("mountPoints", [])
    return [mount["containerPath"] for mount in mounts if mount.get("sourceVolume") in empty]

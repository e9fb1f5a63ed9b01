"""Tasks of ECS as processes of this machine: the backend that needs no container engine.

A task is launched as on Fargate, but for the container itself: the command of `commands.py` with
the container's `command`, in the environment that ECS gives, with folders of its own in place of
the volumes `/work` and `/tmp`. Exit codes, logs, signals, metadata and credentials are those of a
container. Not so: limits, read-only root, user, network and entry point; a process may do whatever
the user who started the server may. (Without an engine, the emulator leaves tasks RUNNING for
ever.) Output stays in `ORDERS_LOCAL_DIR/tasks/<id>/<container>/output.log`.

No process is killed for its memory; one that plays it ends with 137 and leaves a file
`out-of-memory` beside its output.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from __future__ import annotations

import atexit
from typing import Any

from ministack import app
from ministack.services import ecs

from scripts.local_aws.replaced import replace
from scripts.local_aws.tasks import commands
from scripts.local_aws.tasks.memory import with_the_cause
from scripts.local_aws.tasks.process import Process


class Engine:
    """What the emulator asks of a container engine."""

    def __init__(self) -> None:
        self.containers = self
        self._processes: dict[str, Process] = {}

    def get(self, identity: str) -> Process:
        """A process by its id; KeyError where there is none."""
        return self._processes[identity]

    def run(self, image: str, arguments: dict[str, Any]) -> Process:
        """Starts what stands for a container of this image."""
        entry = commands.command(image)
        if entry is None:
            raise ecs._ImagePullError(f"no command stands for image {image}")
        labels = arguments["labels"]
        task = labels["com.amazonaws.ecs.task-arn"].rsplit("/", 1)[-1]
        name = labels["com.amazonaws.ecs.container-name"]
        process = Process(
            commands.folder().absolute() / "tasks" / task / name,
            [*entry, *(arguments.get("command") or ())],
            arguments["environment"],
            arguments["name"],
        )
        self._processes[process.id] = process
        return process

    def kill_all(self) -> None:
        """Nothing outlives the server."""
        for process in tuple(self._processes.values()):
            process.kill()


def install() -> None:
    """Puts processes in the place of the container engine."""
    engine = Engine()
    atexit.register(engine.kill_all)
    replace(ecs, "_get_docker", lambda _: lambda: engine)
    replace(app, "_reaper_docker_client", lambda _: lambda: None)
    replace(ecs, "_run_docker_container", lambda _: _run)
    replace(ecs, "_mark_task_stopped", with_the_cause(KeyError))


def _run(engine: Engine, container: dict[str, Any], arguments: dict[str, Any], **_: Any) -> Process:
    return engine.run(container["image"], arguments)

"""A container that the kernel killed for its memory.

AWS: on Fargate its exit code is 137 and its `reason` the one below; the task ends as one whose
essential container exited. (The emulator gives no reason.)

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.services import ecs

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


def with_the_cause(gone: type[Exception]) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
    """Gives containers their reason when their task is marked as stopped.

    Args:
        gone: What the engine raises for a container that it does not have any more.
    """

    def wrapped(stock: Callable[..., bool]) -> Callable[..., bool]:
        def mark(arn: str, task: dict[str, Any], *rest: Any) -> bool:
            engine = ecs._get_docker()
            for place, identity in enumerate(list(task.get("_docker_ids") or ())):
                try:
                    state = engine.containers.get(identity).attrs["State"]
                except gone:
                    continue
                if state.get("OOMKilled"):
                    with resource_lock("ecs-task", arn):
                        task["containers"][place]["reason"] = OUT_OF_MEMORY
            return stock(arn, task, *rest)

        return mark

    return wrapped

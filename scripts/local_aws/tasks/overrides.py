"""Overrides of RunTask that concern the task as a whole.

AWS: `cpu`, `memory`, `ephemeralStorage`, `taskRoleArn` and `executionRoleArn` of `overrides` take
the place of the task definition's. (The emulator keeps to the definition.)

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.services import ecs

from scripts.local_aws.replaced import replace

_SIZES = ("cpu", "memory", "ephemeralStorage")
_OVERRIDABLE = (*_SIZES, "taskRoleArn", "executionRoleArn")


def install() -> None:
    """Replaces the emulator's function."""
    replace(ecs, "_start_task_worker", _overridden)


def _overridden(stock: Callable[..., None]) -> Callable[..., None]:
    def start(task: dict[str, Any], definition: dict[str, Any], *rest: Any) -> None:
        asked = task.get("overrides") or {}
        said = {name: asked[name] for name in _OVERRIDABLE if asked.get(name)}
        with resource_lock("ecs-task", task["taskArn"]):
            task.update({name: said[name] for name in _SIZES if name in said})
        stock(task, definition | said, *rest)

    return start

"""Launches that ECS refuses, as where it has no capacity: `{"refused": …}` in `processes.json`.

AWS: RunTask answers with `failures` in place of a task. (The emulator has room for all.)

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.responses import json_response
from ministack.services import ecs

from scripts.local_aws.replaced import replace
from scripts.local_aws.tasks import commands


def install() -> None:
    """Replaces the emulator's function."""
    replace(ecs, "_run_task", _unless_refused)


def _unless_refused(stock: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def run_task(data: dict[str, Any]) -> Any:
        definition = ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", ""))) or {}
        for container in definition.get("containerDefinitions", []):
            if reason := commands.refusal(container["image"]):
                failure = {"arn": definition["taskDefinitionArn"], "reason": reason}
                return json_response({"tasks": [], "failures": [failure]})
        return stock(data)

    return run_task

"""Step Functions stops its tasks by the right of its machine's role to do so.

Where the role lacks `ecs:StopTask`, the execution ends all the same, and the task goes on.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import ecs

from scripts.local_aws.identity.needs import Need
from scripts.local_aws.identity.state_machine_role import current_execution, refusal
from scripts.local_aws.replaced import replace

_BY_STEP_FUNCTIONS = "Task stopped by AWS Step Functions"
_log = logging.getLogger("ministack")
_executions: dict[str, Mapping[str, Any]] = {}
"""Who runs a task, by its ARN."""


def install() -> None:
    """Remembers who ran a task, and asks before it is stopped."""
    replace(ecs, "_run_task", _remembering)
    replace(ecs, "_stop_task", _asking)


def _remembering(stock: Callable[..., Any]) -> Callable[..., Any]:
    def run(data: Mapping[str, Any]) -> Any:
        answer = stock(data)
        execution = current_execution()
        if execution:
            for task in json.loads(answer[2] or b"{}").get("tasks", []):
                _executions[task["taskArn"]] = execution
        return answer

    return run


def _asking(stock: Callable[..., Any]) -> Callable[..., Any]:
    def stop(data: Mapping[str, Any]) -> Any:
        task = str(data.get("task", ""))
        execution = _executions.get(task)
        if execution and str(data.get("reason", "")).startswith(_BY_STEP_FUNCTIONS):
            cluster = str(data.get("cluster", ""))
            refused = refusal(execution, Need("ecs:StopTask", task, {"ecs:cluster": cluster}))
            if refused:
                _log.error("Step Functions: a task goes on: %s", refused)
                return error_response_json("AccessDeniedException", refused, 400)
        return stock(data)

    return stop

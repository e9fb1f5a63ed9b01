"""A state machine tells whether its executions are traced.

AWS: DescribeStateMachine gives the `tracingConfiguration` of the last write that had one. (The
emulator traces nothing, and forgets that it was asked to.)

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from scripts.local_aws.replaced import replace

_NAME = "tracingConfiguration"


def install() -> None:
    """Keeps the setting with the machine, whose fields are all told."""
    replace(stepfunctions, "_create_state_machine", _keeping)
    replace(stepfunctions, "_update_state_machine", _keeping)


def _keeping(stock: Callable[..., Any]) -> Callable[..., Any]:
    def write(data: Mapping[str, Any]) -> Any:
        answer = stock(data)
        machine = stepfunctions._state_machines.get(data.get("stateMachineArn") or _arn(data))
        if machine is not None and answer[0] == 200:  # noqa: PLR2004
            machine[_NAME] = data.get(_NAME, machine.get(_NAME, {"enabled": False}))
        return answer

    return write


def _arn(data: Mapping[str, Any]) -> str:
    return f"arn:aws:states:{get_region()}:{get_account_id()}:stateMachine:{data.get('name')}"

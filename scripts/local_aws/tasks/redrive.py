"""RedriveExecution: an execution that failed goes on from the state that did not succeed.

AWS: an execution that ended FAILED, ABORTED or TIMED_OUT runs again under its own name and ARN,
from the state it ended in (a Fail state, too) and with that state's input, its attempts counted
anew, by the definition that it was started with, and with the whole time limit. Its history goes
on with `ExecutionRedriven`; DescribeExecution and ListExecutions count the redrives; EventBridge
is told RUNNING, then the new end. Any other execution is refused as ExecutionNotRedrivable. (The
emulator has no such action.) Not brought back: variables of `Assign`, and what the branches of a
Parallel or Map had done. The events of EventBridge keep `redriveCount` 0.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions as sfn

from scripts.local_aws.replaced import replace

Execution = dict[str, Any]
REDRIVEN = "ExecutionRedriven"
_ACTION = "AWSStepFunctions.RedriveExecution"
_UNSUCCESSFUL = ("FAILED", "ABORTED", "TIMED_OUT")
_DEFINITION, _COUNT, _DATE = "_definition", "redriveCount", "redriveDate"
_Answer = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Adds the action; before `executions`, which sees to the end of whatever runs."""
    replace(sfn, "handle_request", _with_the_action)
    replace(sfn, "_run_execution", _or_what_is_left)
    replace(sfn, "_describe_execution", _telling)
    replace(sfn, "_list_executions", _telling)


def definition_of(execution: Execution) -> str:
    """The definition that an execution was started with; empty where its machine is gone."""
    machine = sfn._state_machines.get(execution["stateMachineArn"]) or {}
    return str(execution.get(_DEFINITION) or machine.get("definition") or "")


def redrive(data: Mapping[str, Any]) -> Any:
    """Answers RedriveExecution; the execution runs on in the background."""
    arn = str(data.get("executionArn", ""))
    execution = sfn._executions.get(arn)
    if not execution:
        return error_response_json("ExecutionDoesNotExist", f"Execution {arn} not found", 400)
    reason = _why_not(execution)
    if reason:
        return error_response_json("ExecutionNotRedrivable", reason, 400)
    count, date = execution.get(_COUNT, 0) + 1, sfn.now_iso()
    execution.update({_COUNT: count, _DATE: date, "status": "RUNNING"})
    execution.update(dict.fromkeys(("stopDate", "output", "error", "cause")))
    sfn._add_event(execution, REDRIVEN, {"executionRedrivenEventDetails": {_COUNT: count}})
    sfn._emit_execution_status_event(execution)
    # A thread of its own does not know for whom it works unless it is told (account, region).
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(sfn._run_execution, arn), daemon=True).start()
    return json_response({_DATE: date})


def _why_not(execution: Execution) -> str:
    status = execution["status"]
    if status not in _UNSUCCESSFUL:
        return f"Execution is {status} and cannot be redriven"
    if execution["stateMachineArn"] not in sfn._state_machines:
        return "State machine is in DELETING status"
    return ""


def _with_the_action(
    stock: Callable[..., Awaitable[_Answer]],
) -> Callable[..., Awaitable[_Answer]]:
    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
    ) -> _Answer:
        if headers.get("x-amz-target") != _ACTION:
            return await stock(method, path, headers, body, query)
        answer: _Answer = sfn._finalize_response(redrive(json.loads(body)))
        return answer

    return handle


def _or_what_is_left(stock: Callable[[str], None]) -> Callable[[str], None]:
    def run(arn: str) -> None:
        execution = sfn._executions[arn]
        if _COUNT in execution:
            _run_the_rest(execution)
        else:
            execution[_DEFINITION] = definition_of(execution)
            stock(arn)

    return run


def _run_the_rest(execution: Execution) -> None:
    """As the emulator runs an execution, from where it ended."""
    machine = json.loads(definition_of(execution))
    first = {"name": machine["StartAt"], "input": execution["input"]}
    entered = [event.get("stateEnteredEventDetails") for event in execution["events"]]
    last = [first, *filter(None, entered)][-1]
    try:
        output = json.dumps(_walk(machine, last["name"], json.loads(last["input"]), execution))
    except sfn._ExecutionError as error:
        sfn._fail_execution(execution, error.error, error.cause)
    except Exception as error:  # noqa: BLE001 (the emulator's own rule: the execution ends)
        sfn._fail_execution(execution, "States.Runtime", str(error))
    else:
        details = {"executionSucceededEventDetails": {"output": output}}
        sfn._add_event(execution, "ExecutionSucceeded", details)
        execution.update(status="SUCCEEDED", output=output, stopDate=sfn.now_iso())
        sfn._emit_execution_status_event(execution)


def _walk(machine: Mapping[str, Any], name: str | None, data: Any, execution: Execution) -> Any:
    """What the last state puts out.

    Raises:
        _ExecutionError: A state failed.
    """
    context = _context(machine, execution)
    while name:
        state, at = machine["States"][name], {"name": name}
        kind = state["Type"]
        context["State"] = {"Name": name, "EnteredTime": sfn.now_iso(), "RetryCount": 0}
        details = {"stateEnteredEventDetails": at | {"input": json.dumps(data)}}
        sfn._add_event(execution, f"{kind}StateEntered", details)
        if kind in ("Succeed", "Fail"):
            data = sfn._run_sub_machine({name: state}, name, data, execution, context)
            name = None
        else:
            data, name = _run_state(kind, state, data, execution, context)
        details = {"stateExitedEventDetails": at | {"output": json.dumps(data)}}
        sfn._add_event(execution, f"{kind}StateExited", details)
    return data


def _run_state(
    kind: str, state: Mapping[str, Any], data: Any, execution: Execution, context: dict[str, Any]
) -> tuple[Any, str | None]:
    """What it puts out, and the state that follows."""
    calling = {
        "Task": sfn._execute_task,
        "Parallel": sfn._execute_parallel,
        "Map": sfn._execute_map,
    }
    if kind in calling:
        answer: tuple[Any, str | None] = calling[kind](state, data, execution, context)
    else:
        alone = {
            "Pass": sfn._execute_pass,
            "Choice": sfn._execute_choice,
            "Wait": sfn._execute_wait,
        }
        answer = alone[kind](state, data, context)
    return answer


def _context(machine: Mapping[str, Any], execution: Execution) -> dict[str, Any]:
    """The context object, `$$` of a definition."""
    return {
        "QueryLanguage": machine.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "StartTime": execution["startDate"],
            "RedriveCount": execution[_COUNT],
            "RedriveTime": execution[_DATE],
        },
        "StateMachine": {
            "Id": execution["stateMachineArn"],
            "Name": sfn._state_machines[execution["stateMachineArn"]]["name"],
        },
        "variables": {},
    }


def _telling(stock: Callable[..., _Answer]) -> Callable[..., _Answer]:
    def ask(data: Mapping[str, Any]) -> _Answer:
        status, headers, body = stock(data)
        told = json.loads(body)
        for one in told.get("executions", [told]):  # a list of them, one, or an error
            execution = sfn._executions.get(one.get("executionArn"))
            one.update(_redrives_of(execution) if execution else {})
        return status, headers, json.dumps(told).encode()

    return ask


def _redrives_of(execution: Execution) -> dict[str, Any]:
    reason = _why_not(execution)
    told = {_COUNT: execution.get(_COUNT, 0)}
    told |= {_DATE: execution[_DATE]} if _DATE in execution else {}
    told |= {"redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE"}
    return told | ({"redriveStatusReason": reason} if reason else {})

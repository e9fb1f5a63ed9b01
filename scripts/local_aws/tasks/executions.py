"""How executions of Step Functions end, and what their end stops.

AWS: an execution that runs longer than the state machine's `TimeoutSeconds` ends as TIMED_OUT; one
that StopExecution ends is ABORTED; both are told to EventBridge. A state that runs longer than its
own `TimeoutSeconds` fails with `States.Timeout`. Each of the three stops the task that
`ecs:runTask.sync` waits for, and nothing of the execution goes on after it: no retry, no state, no
other end; if it is redriven (`redrive.py`), what was left of its earlier run ends there. (The
emulator knows no time limit of a state machine, stops no task, lets a state that fails later turn
ABORTED into FAILED, and cannot be shut down while a state with a limit runs.)

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
"""

from __future__ import annotations

import contextvars
import json
import queue
import threading
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from scripts.local_aws.replaced import replace
from scripts.local_aws.tasks.redrive import REDRIVEN, definition_of
from scripts.local_aws.tasks.waiting import NobodyWaitsError, Waiting, also, go_on, only

Execution = dict[str, Any]
_ENDINGS = ("Succeeded", "Failed", "Aborted", "TimedOut")
_ENDED = frozenset(f"Execution{ending}" for ending in _ENDINGS)
_running: dict[str, Waiting] = {}


def install() -> None:
    """Replaces the emulator's functions."""
    replace(sfn, "_run_execution", _with_its_end)
    replace(sfn, "_stop_execution", _with_its_tasks)
    replace(sfn, "_fail_execution", _unless_it_ended)
    replace(sfn, "_add_event", _until_it_ended)
    replace(sfn, "_invoke_resource", _while_wanted)
    replace(sfn, "_invoke_resource_with_timeout", _within_seconds)


def _with_its_end(stock: Callable[[str], None]) -> Callable[[str], None]:
    def run(arn: str) -> None:
        mine = _running[arn] = Waiting()
        only(mine)
        timer = _time_limit(arn, mine)
        try:
            stock(arn)
        except NobodyWaitsError:
            pass  # its end is on record already
        finally:
            if timer:
                timer.cancel()
            if _running.get(arn) is mine:  # else it was redriven
                del _running[arn]

    return run


def _time_limit(arn: str, mine: Waiting) -> threading.Timer | None:
    execution = sfn._executions[arn]
    try:
        seconds = json.loads(definition_of(execution)).get("TimeoutSeconds")
    except ValueError:
        seconds = None  # the emulator fails the execution for it
    if not seconds:
        return None
    # Timers know neither account nor region of the thread that makes them.
    scope = contextvars.copy_context()
    timer = threading.Timer(seconds, scope.run, (_time_out, execution, mine))
    timer.daemon = True
    timer.start()
    return timer


def _time_out(execution: Execution, mine: Waiting) -> None:
    if mine.over or execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=sfn.now_iso())
    sfn._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    sfn._emit_execution_status_event(execution)
    mine.give_up("Task stopped by AWS Step Functions: the execution timed out")


def _with_its_tasks(stock: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def stop_execution(data: dict[str, Any]) -> Any:
        answer = stock(data)
        execution = sfn._executions.get(data.get("executionArn"))
        mine = execution and _running.get(execution["executionArn"])
        if mine and execution["status"] == "ABORTED":
            mine.give_up("Task stopped by AWS Step Functions: the execution was aborted")
        return answer

    return stop_execution


def _unless_it_ended(stock: Callable[..., None]) -> Callable[..., None]:
    def fail(execution: Execution, error: str, cause: str) -> None:
        go_on()
        if not _has_ended(execution):
            stock(execution, error, cause)

    return fail


def _until_it_ended(stock: Callable[..., Any]) -> Callable[..., Any]:
    def add(execution: Execution, kind: str, details: dict[str, Any] | None = None) -> Any:
        go_on()
        ended = _has_ended(execution) and kind != REDRIVEN
        return {} if ended else stock(execution, kind, details)

    return add


def _has_ended(execution: Execution) -> bool:
    events = execution.get("events") or [{}]
    return events[-1].get("type") in _ENDED


def _while_wanted(stock: Callable[..., Any]) -> Callable[..., Any]:
    def invoke(resource: str, data: Any) -> Any:
        go_on()
        try:
            return stock(resource, data)
        finally:
            go_on()

    return invoke


def _within_seconds(_: Callable[..., Any]) -> Callable[..., Any]:
    def invoke(resource: str, data: Any, seconds: float) -> Any:
        attempt = Waiting()
        answer: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        scope = contextvars.copy_context()
        scope.run(also, attempt)

        def work() -> None:
            try:
                answer.put((scope.run(sfn._invoke_resource, resource, data), None))
            except BaseException as error:  # noqa: BLE001 (raised again in the execution's own thread)
                answer.put((None, error))

        # A daemon: the server must be able to end while a state waits for its task.
        threading.Thread(target=work, daemon=True, name="orders-state").start()
        try:
            result, error = answer.get(timeout=seconds)
        except queue.Empty:
            attempt.give_up("Task stopped by AWS Step Functions: the state timed out")
            raise sfn._ExecutionError("States.Timeout", f"after {seconds} seconds") from None
        if error:
            raise error
        return result

    return invoke

"""Asynchronous invocations of Lambda: tried again, then sent to where failures go.

AWS: an event is tried three times in all (settable), with one and two minutes between; then, or
when it is too old, the event itself goes to the function's dead-letter queue, and an account of
the failure to its OnFailure destination. A throttled event waits and costs no attempt. Here the
waits are LAMBDA_ASYNC_RETRY_BASE_SECONDS (1), doubled up to LAMBDA_ASYNC_RETRY_MAX_SECONDS (30).

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import lambda_svc, sns, sqs

from scripts.local_aws.identity import function_role
from scripts.local_aws.identity.needs import Need
from scripts.local_aws.replaced import replace

_MOST_RETRIES, _MOST_SECONDS = 2, 21600
_UNHANDLED = "200"
_log = logging.getLogger("ministack")
_Function = Mapping[str, Any]


def install() -> None:
    """For everything that invokes asynchronously: rules, topics, `InvocationType=Event`."""
    replace(lambda_svc, "invoke_async_with_retry", lambda _: invoke)


def invoke(function: _Function, event: Any) -> None:
    """Queues an event for a function; returns at once."""
    threading.Thread(
        target=contextvars.copy_context().run, args=(_deliver, function, event), daemon=True
    ).start()


def _deliver(function: _Function, event: Any) -> None:
    config = function.get("config") or function
    partition = config["FunctionArn"].split(":")
    with request_scope(partition[4], partition[3]):
        settings = lambda_svc._event_invoke_config(function, None) or {}
        result, tries = _try(function, event, settings)
        if result.get("error"):
            _send_on(config, settings, event, result, tries)


def _try(function: _Function, event: Any, settings: _Function) -> tuple[_Function, int]:
    """The last result, and how often the function ran."""
    retries = int(settings.get("MaximumRetryAttempts", _MOST_RETRIES))
    until = time.monotonic() + int(settings.get("MaximumEventAgeInSeconds", _MOST_SECONDS))
    tries, waits = 0, 0
    while True:
        result: dict[str, Any] = lambda_svc._execute_function(function, event)
        throttled = bool(result.get("throttle"))
        tries += not throttled
        if throttled:
            result = {"error": True, "body": {"errorMessage": "Rate exceeded"}}
        wait = _wait(waits)
        done = not result.get("error") or tries > retries
        if done or time.monotonic() + wait > until:
            return result, tries
        time.sleep(wait)
        waits += 1


def _wait(number: int) -> float:
    base = float(lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS)
    most = float(lambda_svc._LAMBDA_ASYNC_RETRY_MAX_SECONDS)
    return min(base * 2.0**number, most)


def _send_on(
    config: _Function, settings: _Function, event: Any, result: _Function, tries: int
) -> None:
    """Both ways, where both are set."""
    name = config["FunctionName"]
    queue = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    destinations = settings.get("DestinationConfig") or {}
    destination = (destinations.get("OnFailure") or {}).get("Destination")
    if not queue and not destination:
        _log.warning("Lambda %s: an event was given up after %d tries, and is lost", name, tries)
    if queue and _may_send(config, queue):
        _to_dead_letters(queue, event, result)
    if destination and _may_send(config, destination):
        lambda_svc._route_async_failure(destination, name, event, result)


def _may_send(config: _Function, target: str) -> bool:
    service = target.split(":")[2]
    actions = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
    refused = function_role.refusal(config, Need(actions.get(service, f"{service}:*"), target))
    if refused:
        _log.error("Lambda %s: a failed event is lost: %s", config["FunctionName"], refused)
    return not refused


def _to_dead_letters(target: str, event: Any, result: _Function) -> None:
    """The event as it came, so that it can be sent again; what went wrong in attributes."""
    told = result.get("body")
    message = told.get("errorMessage", "") if isinstance(told, Mapping) else str(told or "")
    attributes = {
        "RequestID": str(uuid.uuid4()),
        "ErrorCode": _UNHANDLED,
        "ErrorMessage": str(message)[:1000] or "Unhandled",
    }
    if target.split(":")[2] == "sns":
        sns._publish({"TopicArn": target, "Message": json.dumps(event)})
        return
    send(target, json.dumps(event), attributes)


def send(queue: str, body: str, attributes: Mapping[str, str]) -> None:
    """Puts a message into a queue of the emulator, by ARN, without asking whose right it is."""
    url = sqs._queue_url(queue.rsplit(":", 1)[-1])
    typed = {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
    try:
        sqs._act_send_message(
            {"QueueUrl": url, "MessageBody": body, "MessageAttributes": typed}, url
        )
    except sqs._Err as error:
        _log.error("a failed event is lost: %s: %s", queue, error.message)


def function_at(arn: str) -> tuple[dict[str, Any], Mapping[str, Any]] | None:
    """A function as it is invoked, and its configuration; None where there is none."""
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        return None
    record: Callable[..., dict[str, Any]] = lambda_svc._execution_record_for_config
    return record(function, config), config

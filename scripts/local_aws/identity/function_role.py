"""Lambda calls with the role of a function: it fetches messages, writes the log, sends on failures.

The keys in a function's environment are a session of its own role already; this is what Lambda
does for the function. Without `sqs:ReceiveMessage` a queue is not read, without
`sqs:DeleteMessage` its messages come again, without `logs:…` nothing of the function is seen.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import lambda_svc, sqs

from scripts.local_aws.identity.needs import Need
from scripts.local_aws.identity.sessions import RoleNotTakenError, denial, session_of
from scripts.local_aws.replaced import replace

_SERVICE = "lambda.amazonaws.com"
_READS_A_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_WRITES_A_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")


def install() -> None:
    """Asks before Lambda makes a function, reads a queue for it, and writes its log."""
    replace(lambda_svc, "_create_function", _trusted)
    replace(lambda_svc, "_create_esm", _allowed_to_read)
    replace(lambda_svc, "_emit_lambda_logs", _allowed_to_write)
    replace(sqs, "_receive_messages_for_esm", _receiving)
    replace(sqs, "_delete_messages_for_esm", _deleting)


def refusal(config: Mapping[str, Any], need: Need) -> str:
    """Why the role of a function lacks a right; empty where it has it. Recorded.

    Args:
        config: The function's configuration, `Role` and `FunctionName` in it.
        need: The right.
    """
    from ministack import app

    if not app.AUTH:
        return ""
    try:
        session = session_of(config["Role"], config["FunctionName"], _SERVICE)
    except RoleNotTakenError as error:
        return str(error)
    return denial(session, need, via="lambda")


def _trusted(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create(data: Mapping[str, Any]) -> Any:
        from ministack import app

        if app.AUTH and data.get("Role"):
            try:
                session_of(data["Role"], str(data.get("FunctionName")), _SERVICE)
            except RoleNotTakenError:
                message = "The role defined for the function cannot be assumed by Lambda."
                return _invalid(message)
        return stock(data)

    return create


def _allowed_to_read(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create(data: Mapping[str, Any]) -> Any:
        source = data.get("EventSourceArn", "")
        _, config, _ = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))
        if config and ":sqs:" in source:
            for action in _READS_A_QUEUE:
                if refusal(config, Need(action, source)):
                    operation = action.split(":")[1]
                    return _invalid(
                        "The provided execution role does not have permissions to call "
                        f"{operation} on SQS"
                    )
        return stock(data)

    return create


def _invalid(message: str) -> Any:
    return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)


def _allowed_to_write(stock: Callable[..., None]) -> Callable[..., None]:
    def write(function: Mapping[str, Any], *rest: Any, **named: Any) -> None:
        config = function.get("config") or function
        name = config["FunctionName"]
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        arn = config["FunctionArn"].split(":function:")[0].replace(":lambda:", ":logs:")
        needs = [Need(action, f"{arn}:log-group:{group}:log-stream:") for action in _WRITES_A_LOG]
        if not any(refusal(config, need) for need in needs):
            stock(function, *rest, **named)

    return write


def _receiving(stock: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def receive(queue_url: str, most: int) -> list[Any]:
        queue = sqs._queues.get(queue_url)
        # An empty queue is asked many times a second: no word of that in the record.
        if queue and queue["messages"] and not _reader_may(queue, "sqs:ReceiveMessage"):
            return []
        return stock(queue_url, most)

    return receive


def _deleting(stock: Callable[..., None]) -> Callable[..., None]:
    def delete(queue_url: str, handles: set[str]) -> None:
        queue = sqs._queues.get(queue_url)
        if not queue or _reader_may(queue, "sqs:DeleteMessage"):
            stock(queue_url, handles)

    return delete


def _reader_may(queue: Mapping[str, Any], action: str) -> bool:
    """Whether the function that reads a queue may do so; the queues here have one reader."""
    arn = queue["attributes"]["QueueArn"]
    for *_, mapping in lambda_svc._iter_all_esms():
        if mapping.get("EventSourceArn") == arn:
            _, config, _ = lambda_svc._get_func_record_for_ref(mapping["FunctionArn"])
            return not (config and refusal(config, Need(action, arn)))
    return True

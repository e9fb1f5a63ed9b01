"""EventBridge and SNS deliver to what lets them: functions asynchronously, queues by their policy.

AWS: a rule (or a topic) invokes a function asynchronously, and only where the function's policy
allows it for that rule; a queue takes an event only where its policy does. What cannot be delivered
goes to the target's dead-letter queue, whose policy must allow the rule as well; without one it is
lost. (The emulator asks no policy, runs the function once and forgets failures.)

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
https://docs.aws.amazon.com/sns/latest/dg/lambda-prerequisites.html
"""

from __future__ import annotations

import contextvars
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import eventbridge, lambda_svc, sns, sqs

from scripts.local_aws import asynchronous, object_events
from scripts.local_aws.identity import calls, resource_policies
from scripts.local_aws.replaced import replace

_RULES, _TOPICS = "events.amazonaws.com", "sns.amazonaws.com"
_log = logging.getLogger("ministack")


@dataclass(frozen=True)
class _Delivery:
    rule: str
    target: Mapping[str, Any]


_delivery: contextvars.ContextVar[_Delivery | None] = contextvars.ContextVar(
    "delivery", default=None
)


def install() -> None:
    """Replaces the emulator's deliveries."""
    asynchronous.install()
    object_events.install()
    replace(eventbridge, "_invoke_target", _remembering)
    replace(eventbridge, "_dispatch_to_lambda", lambda _: _to_function)
    replace(eventbridge, "_dispatch_to_sqs", _to_queue)
    replace(sns, "_deliver_to_lambda", _from_topic)


def _remembering(stock: Callable[..., Any]) -> Callable[..., Any]:
    def deliver(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], *rest: Any) -> Any:
        token = _delivery.set(_Delivery(rule.get("Arn", ""), target))
        try:
            return stock(target, event, rule, *rest)
        finally:
            _delivery.reset(token)

    return deliver


def _to_function(arn: str, payload: str) -> None:
    found = asynchronous.function_at(arn)
    if found is None:
        _undelivered(arn, payload, "RESOURCE_NOT_FOUND", "the function does not exist")
    elif not _function_allows(arn, _RULES, _rule()):
        _undelivered(arn, payload, "NO_PERMISSIONS", "the function's policy does not allow it")
    else:
        lambda_svc.invoke_async_with_retry(found[0], json.loads(payload))


def _to_queue(stock: Callable[..., None]) -> Callable[..., None]:
    def deliver(spec: Any, payload: str, parameters: Any = None) -> None:
        arn = str(spec)
        if sqs._queue_by_arn(arn) is None:
            _undelivered(arn, payload, "RESOURCE_NOT_FOUND", "the queue does not exist")
        elif not _queue_allows(arn):
            _undelivered(arn, payload, "NO_PERMISSIONS", "the queue's policy does not allow it")
        else:
            stock(spec, payload, parameters)

    return deliver


def _undelivered(target: str, payload: str, code: str, reason: str) -> None:
    """To the target's dead-letter queue, at once: what is not allowed is not tried again."""
    delivery = _delivery.get()
    letters = ((delivery.target if delivery else {}).get("DeadLetterConfig") or {}).get("Arn")
    if not letters or sqs._queue_by_arn(letters) is None or not _queue_allows(letters):
        _log.error("EventBridge: an event for %s is lost: %s", target, reason)
        return
    asynchronous.send(
        letters,
        payload,
        {
            "RULE_ARN": _rule(),
            "TARGET_ARN": target,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": reason,
        },
    )


def _rule() -> str:
    delivery = _delivery.get()
    return delivery.rule if delivery else ""


def _queue_allows(arn: str) -> bool:
    allowed = bool(sqs.queue_policy_allows(arn, _RULES, _rule(), get_account_id()))
    calls.record(_RULES, "sqs:SendMessage", arn, allowed=allowed, via="events")
    return allowed


def _function_allows(arn: str, service: str, source: str) -> bool:
    from ministack import app

    if not app.AUTH:
        return True
    policy = lambda_svc.function_policy_for_arn(arn)
    allowed = resource_policies.lets(
        service,
        policy[0] if policy else None,
        action="lambda:InvokeFunction",
        resource=arn,
        keys={"aws:sourcearn": source, "aws:sourceaccount": get_account_id()},
    )
    via = service.split(".", 1)[0]
    calls.record(service, "lambda:InvokeFunction", arn, allowed=allowed, via=via)
    return allowed


def _from_topic(_: Callable[..., None]) -> Callable[..., None]:
    """SNS, too, asks the function's policy and invokes asynchronously."""

    def deliver(endpoint: str, envelope: str, topic: str, subscription: str, *_: Any) -> None:
        found = asynchronous.function_at(endpoint)
        if found is None or not _function_allows(endpoint, _TOPICS, topic):
            _log.error("SNS: a message of %s is lost: %s does not take it", topic, endpoint)
            return
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        lambda_svc.invoke_async_with_retry(found[0], {"Records": [record]})

    return deliver

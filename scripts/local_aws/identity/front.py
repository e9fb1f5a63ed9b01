"""The HTTP front: each request needs what AWS asks for, and each decision is recorded.

The emulator asks its evaluator for the rights that it knows of; here the first question of a
request is answered for all rights of `needs`, and the others, being among them, are not asked
again.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from scripts.local_aws.identity import calls
from scripts.local_aws.identity.needs import Need, needs_of, request_of
from scripts.local_aws.replaced import replace

_Enforce = Callable[..., Any]


@dataclass
class _Asked:
    """What the request at hand needs; `action` and `resource` are the emulator's question."""

    action: str
    resource: str
    needs: list[Need] = field(default_factory=list)
    decided: bool = False
    denied: Need | None = None

    def holds(self, action: str, resource: str) -> bool:
        """Whether the evaluator's answer of before was for this, too."""
        return self.decided and any(
            (need.action, need.resource) == (action, resource) for need in self.needs
        )


_asked: contextvars.ContextVar[_Asked | None] = contextvars.ContextVar("asked", default=None)


def install() -> None:
    """Asks for all that a request needs, and writes down who asked."""
    replace(iam_actions, "extract_resource_arn", _noting_needs)
    replace(iam_actions, "dynamodb_transaction_checks", lambda _: lambda *_: [])
    replace(iam_actions, "access_denied_response", _naming_what_was_denied)
    replace(iam_evaluator, "enforce", _recording)
    replace(iam_evaluator, "check_credentials", _recording_unknown)


def _noting_needs(stock: Callable[..., str]) -> Callable[..., str]:
    def extract(service: str, *parts: Any) -> str:
        request = request_of(service, *parts)
        if request is None:
            return stock(service, *parts)
        _asked.set(_Asked(request.action, request.resource, needs_of(request)))
        return request.resource

    return extract


def _recording(stock: _Enforce) -> _Enforce:
    def enforce(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Mapping[str, Any] | None = None,
    ) -> Any:
        asked = _asked.get()
        first = Need(action, resource_arn, service_context or {})
        needs = [first]
        if asked and asked.holds(action, resource_arn):
            return None
        if asked and not asked.decided and (asked.action, asked.resource) == (action, resource_arn):
            asked.decided = True
            needs = _with_context(asked.needs, first)
        for need in needs:
            result = _decide(stock, access_key, need, service, region)
            if result is not None:
                if asked:
                    asked.denied = need
                return result
        return None

    return enforce


def _with_context(needs: list[Need], first: Need) -> list[Need]:
    """Adds the keys that the emulator found: to the main right, in DynamoDB to each."""
    return [
        Need(need.action, need.resource, {**first.context, **need.context})
        if index == 0 or need.service == "dynamodb"
        else need
        for index, need in enumerate(needs)
    ]


def _decide(stock: _Enforce, access_key: str, need: Need, service: str, region: str) -> Any:
    # A right of another service (iam:PassRole) is looked up under its own name.
    named = service if need.service in (service, _prefix(service)) else need.service
    result = stock(
        access_key,
        need.action,
        named,
        region,
        resource_arn=need.resource,
        service_context=dict(need.context),
    )
    principal = _principal(access_key)
    # S3 itself refuses who has no credentials, after the evaluator let them pass.
    allowed = result is None and not iam_evaluator._anonymous.get()
    calls.record(principal, need.action, need.resource, allowed=allowed, via="http")
    return result


def _recording_unknown(stock: _Enforce) -> _Enforce:
    """Requests whose action the emulator does not know: any valid credentials may make them."""

    def check(access_key: str, service: str | None = None) -> Any:
        result = stock(access_key, service)
        if access_key:
            principal = _principal(access_key)
            calls.record(principal, f"{service}:?", "*", allowed=result is None, via="http")
        return result

    return check


def _naming_what_was_denied(stock: Callable[..., Any]) -> Callable[..., Any]:
    def respond(
        service: str, action: str, principal_arn: str, request_id: str, **named: Any
    ) -> Any:
        asked = _asked.get()
        denied = asked.denied if asked else None
        if denied and not named.get("error_code"):
            action = denied.action
            named["resource_arn"] = denied.resource
            if not named.get("message") and not named.get("resource_policy_arn"):
                explicit = bool(named.get("explicit_deny"))
                named["message"] = iam_actions.identity_denial_message(
                    action, principal_arn, denied.resource, explicit
                )
        return stock(service, action, principal_arn, request_id, **named)

    return respond


def _prefix(service: str) -> str:
    return str(iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service, service))


def _principal(access_key: str) -> str:
    known = iam_evaluator.resolve_caller_identity(access_key)
    return str(known["userArn"]) if known else access_key or "anonymous"

"""From a request to its needs, by service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import iam_actions

from scripts.local_aws.identity.needs import dynamodb, ecs, glue, s3
from scripts.local_aws.identity.needs.need import Need, Request

_extract_action: Callable[..., str | None] = iam_actions.extract_iam_action
_extract_resource: Callable[..., str] = iam_actions.extract_resource_arn

# Operations that are authorised under another name.
_OTHER_ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
}
_GROUP_RESOURCE = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})


def request_of(
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, Any],
    region: str,
    account: str,
) -> Request | None:
    """The request with what the emulator makes of it; None where it knows no action."""
    parts = (service, method, path, headers, body, query)
    action = _extract_action(*parts)
    if action is None:
        return None
    resource = _extract_resource(*parts, region, account)
    return Request(service, action, resource, method, path, headers, body, query, region, account)


def needs_of(request: Request) -> list[Need]:
    """Every right that the request needs, the main one first."""
    return _BY_SERVICE.get(request.service, _as_named)(request)


def _as_named(request: Request) -> list[Need]:
    return [Need(_OTHER_ACTIONS.get(request.action, request.action), request.resource)]


def _lambda(request: Request) -> list[Need]:
    # A version or an alias is a resource of its own.
    (need,) = _as_named(request)
    qualifier = request.asked("Qualifier")
    if qualifier and need.action == "lambda:InvokeFunction":
        need = Need(need.action, f"{need.resource.removesuffix(':' + qualifier)}:{qualifier}")
    return [need]


def _logs(request: Request) -> list[Need]:
    # Operations on a group are asked for on its streams: `…:log-group:NAME:log-stream:STREAM`.
    if request.operation in _GROUP_RESOURCE or ":log-group:" not in request.resource:
        return _as_named(request)
    stream = request.data.get("logStreamName", "")
    return [Need(request.action, f"{request.resource}:log-stream:{stream}")]


def _cloudwatch(request: Request) -> list[Need]:
    space = request.asked("Namespace") or request.data.get("Namespace")
    context = {"cloudwatch:namespace": space} if space else {}
    return [Need(request.action, request.resource, context)]


_BY_SERVICE: Mapping[str, Callable[[Request], list[Need]]] = {
    "dynamodb": dynamodb.needs,
    "ecs": ecs.needs,
    "glue": glue.needs,
    "lambda": _lambda,
    "logs": _logs,
    "monitoring": _cloudwatch,
    "s3": s3.needs,
}

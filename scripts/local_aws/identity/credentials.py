"""Tasks get the credentials of their own task role, from an endpoint on loopback.

As on Fargate: no key stands in a task's environment, only the address of an endpoint; what it
hands out is a session of the task's role, and ends. Fargate names a link-local address by
AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; an address of our own needs the other pair of variables,
which the same providers of the SDKs read, and which they take on loopback over plain HTTP. Lives
are minutes here (ORDERS_LOCAL_CREDENTIAL_SECONDS), hours there, so that a renewal is met in tests.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ministack.services import ecs, ecs_metadata

from scripts.local_aws.identity.sessions import RoleNotTakenError, session_of
from scripts.local_aws.replaced import replace

DEFAULT_SECONDS = 300
_TASKS_SERVICE = "ecs-tasks.amazonaws.com"
_PATH = re.compile(r"/v4/(?P<id>[A-Za-z0-9_-]+)/credentials")
_Answer = tuple[int, dict[str, str], bytes]
_Handle = Callable[..., Awaitable[_Answer]]


@dataclass(frozen=True)
class _Grant:
    task: str
    role: str
    token: str = field(repr=False)


_grants: dict[str, _Grant] = {}
"""By the id in the address. They stay when a task ends: one that should be dead may live on."""


def install() -> None:
    """Serves credentials beside the task metadata, and tells tasks where."""
    replace(ecs, "_register_metadata", _with_credentials)
    replace(ecs_metadata, "handle_request", _with_endpoint)


def _with_credentials(stock: Callable[..., str]) -> Callable[..., str]:
    def register(
        task: str,
        cluster: str,
        definition: Mapping[str, Any],
        container: Mapping[str, Any],
        launch_type: str,
        environment: dict[str, str],
        *rest: Any,
    ) -> str:
        metadata: str = stock(task, cluster, definition, container, launch_type, environment, *rest)
        # What the emulator hands out leads nowhere.
        for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
            environment.pop(name, None)
        role = _role_of(task, definition)
        if role:
            environment |= _grant(task, role)
        return metadata

    return register


def _role_of(task: str, definition: Mapping[str, Any]) -> str:
    overrides = (ecs._tasks.get(task) or {}).get("overrides") or {}
    return overrides.get("taskRoleArn") or definition.get("taskRoleArn") or ""


def _grant(task: str, role: str) -> dict[str, str]:
    grant = _Grant(task, role, secrets.token_urlsafe(32))
    _session(grant)  # a role that ECS may not take fails the start, not the first call
    grant_id = secrets.token_urlsafe(24)
    _grants[grant_id] = grant
    port = os.environ["GATEWAY_PORT"]
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/v4/{grant_id}/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": grant.token,
    }


def _session(grant: _Grant) -> Any:
    seconds = float(os.environ.get("ORDERS_LOCAL_CREDENTIAL_SECONDS", DEFAULT_SECONDS))
    try:
        return session_of(grant.role, grant.task.rsplit("/", 1)[-1], _TASKS_SERVICE, seconds)
    except RoleNotTakenError as error:
        raise RoleNotTakenError(
            f"ECS was unable to assume the role '{grant.role}' that was provided for this task. "
            f"Please verify that the role being passed has the proper trust relationship and "
            f"permissions ({error})."
        ) from error


def _with_endpoint(stock: _Handle) -> _Handle:
    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> _Answer:
        asked = _PATH.fullmatch(path)
        if asked is None:
            return await stock(method, path, headers, body, query)
        return _answer(_grants.get(asked["id"]), headers.get("authorization", ""))

    return handle


def _answer(grant: _Grant | None, token: str) -> _Answer:
    if grant is None:
        return _json(404, {"code": "InvalidId", "message": "no credentials under this address"})
    if not hmac.compare_digest(grant.token.encode(), token.encode()):
        return _json(403, {"code": "AccessDenied", "message": "no or wrong authorization token"})
    try:
        session = _session(grant)
    except RoleNotTakenError as error:
        return _json(500, {"code": "CredentialsFetchError", "message": str(error)})
    expires = datetime.fromtimestamp(session.expires, UTC)
    return _json(
        200,
        {
            "RoleArn": session.role,
            "AccessKeyId": session.access_key,
            "SecretAccessKey": session.secret,
            "Token": session.token,
            "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    )


def _json(status: int, answer: Mapping[str, str]) -> _Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()

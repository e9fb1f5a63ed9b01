"""Sessions of roles, as services take them: the role must trust the service, and a session ends.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html
"""

from __future__ import annotations

import contextvars
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_region
from ministack.services import iam, sts

from scripts.local_aws.identity import calls, resource_policies
from scripts.local_aws.identity.needs import Need
from scripts.local_aws.replaced import replace

_REMEMBERED_SECONDS = 86400
_SERVICE_SECONDS = 3600
_lock = threading.Lock()
_sessions: dict[tuple[str, str], Session] = {}
_enforce: Callable[..., Any] = iam_evaluator.enforce
"""The emulator's own; `front` puts another one under that name afterwards."""


class RoleNotTakenError(Exception):
    """The role is missing, or does not trust the service."""


@dataclass(frozen=True)
class Session:
    """Credentials of a role. `expires` in seconds since the epoch."""

    role: str
    access_key: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires: float
    arn: str


def install() -> None:
    """Keeps expired sessions for a day: AWS says that they expired, not that they are unknown."""
    replace(sts, "_evict_expired_sessions", lambda _: _forget_old_sessions)


def session_of(role: str, name: str, service: str, seconds: float = _SERVICE_SECONDS) -> Session:
    """A session with at least half of its life left; the same one until then.

    Args:
        role: ARN of the role.
        name: Of the session; shortened to what AWS takes.
        service: Who takes the role, `ecs-tasks.amazonaws.com`.
        seconds: Life of a session.

    Raises:
        RoleNotTakenError: There is no such role, or it does not trust the service.
    """
    with _lock:
        known = _sessions.get((role, name))
        if known is None or known.expires - time.time() < seconds / 2:
            known = _sessions[role, name] = _take(role, name[:64], service, seconds)
        return known


def denial(session: Session, need: Need, *, via: str) -> str:
    """Why the session lacks a right, in AWS's words; empty where it has it. Recorded."""
    # Not as the request that may have led here: its signature is not this session's.
    context = contextvars.copy_context()
    result = context.run(_enforce_alone, session.access_key, need)
    calls.record(session.arn, need.action, need.resource, allowed=result is None, via=via)
    if result is None:
        return ""
    if isinstance(result, iam_evaluator.AuthError):
        return f"{result.code}: {result.message}"
    return denial_message(session.arn, need, result)


def denial_message(principal: str, need: Need, result: Any) -> str:
    """What AWS says to a principal without a right."""
    of = "a resource-based" if result.resource_policy_arn else "an identity-based"
    reason = (
        f"with an explicit deny in {of} policy"
        if result.decision == "Deny"
        else f"because no identity-based policy allows the {need.action} action"
    )
    return (
        f"User: {principal} is not authorized to perform: {need.action} "
        f"on resource: {need.resource} {reason}"
    )


def _enforce_alone(access_key: str, need: Need) -> Any:
    iam_evaluator._signed_request.set(None)
    iam_evaluator._anonymous.set(False)
    return _enforce(
        access_key,
        need.action,
        need.service,
        get_region(),
        resource_arn=need.resource,
        service_context=dict(need.context),
    )


def _take(role: str, name: str, service: str, seconds: float) -> Session:
    partition, account = role.split(":")[1], role.split(":")[4]
    role_name = role.rsplit("/", 1)[-1]
    _check_trust(role, account, service)
    session = Session(
        role=role,
        access_key=f"ASIA{secrets.token_hex(8).upper()}",
        secret=secrets.token_urlsafe(30),
        token=secrets.token_urlsafe(60),
        expires=time.time() + seconds,
        arn=f"arn:{partition}:sts::{account}:assumed-role/{role_name}/{name}",
    )
    sts.register_session(
        session.access_key,
        {
            "Arn": session.arn,
            "UserId": f"{role_name}:{name}",
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expires,
        },
    )
    return session


def _check_trust(role: str, account: str, service: str) -> None:
    from ministack import app

    if not app.AUTH:
        return
    found = iam._roles.get_scoped(account, None, role.rsplit("/", 1)[-1])
    if found is None:
        raise RoleNotTakenError(f"the role {role} does not exist")
    # Lambda names no account when it takes a role.
    keys = {} if service.startswith("lambda.") else {"aws:sourceaccount": account}
    trust = found.get("AssumeRolePolicyDocument")
    if not resource_policies.lets(
        service, trust, action="sts:AssumeRole", resource=role, keys=keys
    ):
        raise RoleNotTakenError(f"{service} is not authorized to assume the role {role}")


def _forget_old_sessions() -> None:
    limit = time.time() - _REMEMBERED_SECONDS
    for key, session in list(sts._sessions.items()):
        if (session.get("Expiration") or limit) < limit:
            sts._sessions.pop(key, None)

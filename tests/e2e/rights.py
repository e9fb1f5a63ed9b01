"""What the roles of an environment may do, what they did, and a right taken away for a while."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.e2e.account import Account
from tests.e2e.calls import Calls

REVIEWED: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_name("unused_rights.toml").read_text("utf-8")
)
_ABOUT = "Order pipeline: "
_POLICY = "rights"


@dataclass(frozen=True, order=True)
class Right:
    """An action that a statement of a role's policy allows."""

    role: str
    statement: str
    action: str

    def __str__(self) -> str:
        return f"{self.role}: {self.statement}: {self.action}"


def roles(account: Account) -> dict[str, str]:
    """Who acts in this environment, and the name of the role: `gate`, `validate start` …"""
    iam = account.client("iam")
    prefix = account.outputs["state_table"].removesuffix("pipeline_state")
    own = {"Key": "environment", "Value": prefix.removesuffix("-") or "default"}
    return {
        role["Description"].removeprefix(_ABOUT): role["RoleName"]
        for page in iam.get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if role.get("Description", "").startswith(_ABOUT)
        and own in iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
    }


def granted(account: Account) -> dict[Right, list[str]]:
    """Every right of every role, and the resources that it is for."""
    return {
        Right(actor, statement["Sid"], action): _list(statement["Resource"])
        for actor, role in roles(account).items()
        for statement in _policy(account, role)["Statement"]
        for action in _list(statement["Action"])
    }


def used(account: Account, calls: Calls) -> set[Right]:
    """The rights that were used."""
    names = roles(account)
    done = {
        actor: {(call.action, call.resource) for call in calls.by(role) if call.allowed}
        for actor, role in names.items()
    }
    return {
        right
        for right, resources in granted(account).items()
        for action, resource in done[right.role]
        if fnmatchcase(action, right.action)
        and any(fnmatchcase(resource, pattern) for pattern in resources)
    }


def denied(account: Account, calls: Calls) -> set[str]:
    """What a role tried and may not."""
    return {
        f"{actor}: {call.action} on {call.resource}"
        for actor, role in roles(account).items()
        for call in calls.by(role)
        if not call.allowed
    }


def is_listed(right: Right, entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether an entry of `unused_rights.toml` names a right."""
    return any(right in _named(entry, [right]) for entry in entries)


def stale(entries: Iterable[Mapping[str, Any]], rights: Iterable[Right]) -> list[str]:
    """What entries name, role by role and action by action, and is none of these rights."""
    known = list(rights)
    return [
        f"{role}: {entry.get('statement', '*')}: {action}"
        for entry in entries
        for role in entry["roles"]
        for action in entry["actions"]
        if not _named({**entry, "roles": [role], "actions": [action]}, known)
    ]


def calls_of_states(account: Account) -> set[str]:
    """The actions that states of the machine call for."""
    machines = account.client("stepfunctions")
    machine = machines.describe_state_machine(stateMachineArn=account.state_machine)
    tasks = [s for s in json.loads(machine["definition"])["States"].values() if "Resource" in s]
    named = [state["Resource"].removeprefix("arn:aws:states:::") for state in tasks]
    parts = [name.split(":") for name in named]
    calls = {f"{service}:{call[:1].upper()}{call[1:]}" for service, call in parts}
    return {REVIEWED["called"].get(call, call) for call in calls}


@contextmanager
def without(account: Account, right: Right) -> Iterator[None]:
    """A role lacks a right for a while."""
    role = roles(account)[right.role]
    before, changed = _policy(account, role), _policy(account, role)
    (statement,) = [one for one in changed["Statement"] if one["Sid"] == right.statement]
    left = [one for one in _list(statement["Action"]) if one != right.action]
    assert len(left) < len(_list(statement["Action"])), f"there is no such right: {right}"
    statement["Action"] = left
    changed["Statement"] = [one for one in changed["Statement"] if one["Action"]]
    with account.calls.planted(role, right.action):
        _put(account, role, changed)
        try:
            yield
        finally:
            _put(account, role, before)


def _named(entry: Mapping[str, Any], rights: Iterable[Right]) -> list[Right]:
    return [
        right
        for right in rights
        if any(fnmatchcase(right.role, role) for role in entry["roles"])
        and fnmatchcase(right.statement, entry.get("statement", "*"))
        and any(fnmatchcase(right.action, action) for action in entry["actions"])
    ]


def _policy(account: Account, role: str) -> Any:
    found = account.client("iam").get_role_policy(RoleName=role, PolicyName=_POLICY)
    return found["PolicyDocument"]


def _put(account: Account, role: str, policy: Mapping[str, Any]) -> None:
    account.client("iam").put_role_policy(
        RoleName=role, PolicyName=_POLICY, PolicyDocument=json.dumps(policy)
    )


def _list(one_or_more: Any) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else list(one_or_more)

"""The reviewed rights of `make e2e` name what Terraform grants, before any account is made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.rights import REVIEWED, Right, stale

TERRAFORM = Path(__file__).parents[2] / "terraform"
STATEMENT = re.compile(r'sid\s+= "(\w+)"\s+actions\s+= \[(.*?)\]', re.DOTALL)
ANYBODY = "anybody"


def granted() -> list[Right]:
    """What the policies allow; who may do it is seen end to end."""
    return [
        Right(ANYBODY, sid, action)
        for path in sorted(TERRAFORM.glob("*.tf"))
        for sid, actions in STATEMENT.findall(path.read_text("utf-8"))
        for action in re.findall(r'"([\w:*]+)"', actions)
    ]


@pytest.mark.parametrize("kind", ["unused", "sometimes"])
def test_each_right_of_the_list_is_granted(kind: str) -> None:
    entries = [{**entry, "roles": [ANYBODY]} for entry in REVIEWED[kind]]
    assert entries
    assert stale(entries, granted()) == []


def test_what_step_functions_calls_by_itself_is_granted_action_by_action() -> None:
    actions = {right.action for right in granted()}
    assert REVIEWED["calls_by_itself"].keys() <= actions


def test_an_entry_of_which_one_action_is_granted_to_nobody_is_stale() -> None:
    rights = [Right("gate", "ListVersions", "s3:ListBucket")]
    entry = {"roles": ["gate", "cleanup"], "statement": "List*", "actions": ["s3:ListBucket"]}
    assert stale([entry], rights) == ["cleanup: List*: s3:ListBucket"]
    more = {**entry, "roles": ["gate"], "actions": ["s3:List*", "s3:GetObject"]}
    assert stale([more], rights) == ["gate: List*: s3:GetObject"]

"""What a case has planted excuses these refusals, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.calls import RECORD, Call, Calls

GATE, READ, WRITE = "orders-gate", "s3:GetObject", "s3:PutObject"


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / RECORD
    path.touch()
    return path


def called(record: Path, role: str, action: str, *, allowed: bool = False) -> None:
    call = Call("2026-06-01T08:00", role, action, "*", allowed, "http")
    with record.open("a") as file:
        file.write(json.dumps(vars(call)) + "\n")


def test_a_refusal_is_told_unless_its_case_planted_it(record: Path) -> None:
    called(record, GATE, READ)  # before: somebody else's
    calls = Calls(record)
    called(record, GATE, WRITE, allowed=True)
    called(record, GATE, READ)
    called(record, "root", READ)
    with calls.planted(GATE, READ):
        called(record, GATE, READ)
        called(record, GATE, WRITE)
        called(record, "orders-cleanup", READ)
    called(record, GATE, READ)
    found = [(call.principal, call.action) for call in calls.refused({GATE, "orders-cleanup"})]
    assert found == [(GATE, READ), (GATE, WRITE), ("orders-cleanup", READ), (GATE, READ)]
    assert len(calls.by(GATE)) == 5


def test_a_line_that_is_being_written_is_not_read_yet(record: Path) -> None:
    calls = Calls(record)
    called(record, GATE, READ)
    with record.open("a") as file:
        file.write('{"at": ')
    assert len(calls.refused({GATE})) == 1

"""What a task says of an error that nobody foresaw: where, and never with the words of the data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from spark_jobs.cli import on_aws
from spark_jobs.cli.failures import guarded
from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import FencedOutError
from spark_jobs.facts.exits import Exit
from spark_jobs.pipeline.aws import task
from spark_jobs.pipeline.aws.environment import NEEDED
from spark_jobs.settings import Settings

CELL = "ada@example.org"


def quoting(*_: Any) -> None:
    """As engines do: the value in the message, and in that of what led to it."""
    try:
        int(CELL)
    except ValueError as error:
        raise RuntimeError(f"Cast error: Cannot cast string '{CELL}'") from error


def refused(*_: Any) -> None:
    raise ParamValidationError(report=f"Invalid type, value: {CELL}")


def fenced_out(*_: Any) -> None:
    raise FencedOutError("b-r1")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, aws: object) -> Any:
    """Runs a task of which nothing but its failure is real; its exit code."""
    del aws
    for name in NEEDED[Task.VALIDATE]:
        monkeypatch.setenv(name, "x")

    def with_failure(fails: Any) -> int:
        monkeypatch.setattr(task, "perform", fails)
        return guarded(lambda: on_aws.run_task(Task.VALIDATE, "s3://b/k", Settings()))

    return with_failure


@pytest.mark.parametrize(
    ("fails", "types"),
    [
        (quoting, ["builtins.RuntimeError", "builtins.ValueError"]),
        (refused, ["botocore.exceptions.ParamValidationError"]),
    ],
)
def test_an_unforeseen_error_is_told_without_its_words(
    run: Any, capfd: pytest.CaptureFixture[str], fails: Any, types: list[str]
) -> None:
    assert run(fails) == Exit.FATAL
    said, errors = capfd.readouterr()
    assert CELL not in said + errors
    assert errors == ""
    line = json.loads(said.splitlines()[-1])
    assert line["message"] == "not foreseen"
    assert [error["type"] for error in line["errors"]] == types
    assert f"in {fails.__name__}" in line["errors"][0]["frames"][-1]
    assert "test_words.py:" in line["errors"][0]["frames"][-1]


def test_an_error_of_ours_keeps_its_words(run: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(fenced_out) == Exit.TRANSIENT
    assert "b-r1 does not hold the lease" in capfd.readouterr().err

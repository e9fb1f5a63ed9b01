"""An execution's history, and what happens where it may not be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from spark_jobs.watch.execution import Execution, Executions, Visit, visits_of

T0 = datetime(2026, 1, 2, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def entered(name: str, seconds: int) -> dict[str, Any]:
    return {"timestamp": at(seconds), "stateEnteredEventDetails": {"name": name}}


def left(name: str, seconds: int) -> dict[str, Any]:
    return {"timestamp": at(seconds), "stateExitedEventDetails": {"name": name}}


class NotThereError(ClientError):  # type: ignore[misc]
    """Of Step Functions."""


class States:
    """Step Functions with one execution, or a refusal."""

    exceptions = SimpleNamespace(ExecutionDoesNotExist=NotThereError, ClientError=ClientError)

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal, self.calls = refusal, 0

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        self.calls += 1
        if self.refusal:
            raise self.refusal
        return {"status": "RUNNING", "executionArn": executionArn}

    def get_execution_history(self, **arguments: Any) -> dict[str, Any]:
        assert arguments["includeExecutionData"] is False
        return {"events": [{"timestamp": T0}, entered("RunValidationTask", 1)]}


def refused(code: str, kind: type[ClientError] = ClientError) -> ClientError:
    return kind({"Error": {"Code": code}}, "DescribeExecution")


def test_each_state_has_its_first_begin_its_last_end_and_its_times() -> None:
    events = [entered("A", 1), left("A", 5), entered("Wait", 5), left("Wait", 9), entered("A", 9)]
    assert visits_of(events) == ("A", {"A": Visit(2, at(1)), "Wait": Visit(1, at(5), at(9))})
    assert visits_of([*events, left("A", 12)])[1]["A"] == Visit(2, at(1), at(12))
    assert visits_of([]) == ("", {})


def test_the_state_it_is_in_is_told() -> None:
    found = Executions(States()).look("arn")
    visits = {"RunValidationTask": Visit(1, at(1))}
    assert found == Execution("RUNNING", "RunValidationTask", visits)


def test_without_the_right_it_is_told_and_not_asked_again() -> None:
    states = States(refused("AccessDeniedException"))
    executions = Executions(states)
    assert "AccessDeniedException" in executions.look("arn").notice
    assert "AccessDeniedException" in executions.look("arn").notice
    assert states.calls == 1


def test_an_execution_that_is_gone_says_nothing() -> None:
    states = States(refused("ExecutionDoesNotExist", NotThereError))
    assert Executions(states).look("arn") == Execution()
    assert Executions(States()).look("") == Execution()


def test_other_errors_are_not_swallowed() -> None:
    with pytest.raises(ClientError):
        Executions(States(refused("ThrottlingException"))).look("arn")

"""What Step Functions tells of an execution: the state it is in, and when it was in the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_ENTERED = "stateEnteredEventDetails"
_EXITED = "stateExitedEventDetails"
_MOST_EVENTS = 1000
_NO_RIGHT = ("AccessDeniedException", "AccessDenied", "UnrecognizedClientException")


@dataclass(frozen=True)
class Visit:
    """An execution was in a state.

    Args:
        times: How often it was there.
        began: The first time.
        ended: The last time; None while it is there.
    """

    times: int
    began: datetime
    ended: datetime | None = None


@dataclass(frozen=True)
class Execution:
    """An execution at one moment.

    Args:
        status: As Step Functions calls it; empty where it is not known.
        now: The state it is in.
        visits: By name of the state.
        notice: Why no more is known.
    """

    status: str = ""
    now: str = ""
    visits: Mapping[str, Visit] = field(default_factory=dict)
    notice: str = ""


class Executions:
    """Executions, for as long as the rights reach: a batch's row alone says enough.

    Args:
        client: `boto3.client("stepfunctions")`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._refused = ""

    def look(self, arn: str) -> Execution:
        """The execution as it is now.

        Raises:
            ClientError: Anything but a right that lacks or an execution that is gone.
        """
        if self._refused or not arn:
            return Execution(notice=self._refused)
        try:
            described = self._client.describe_execution(executionArn=arn)
            events = self._client.get_execution_history(
                executionArn=arn, maxResults=_MOST_EVENTS, includeExecutionData=False
            )["events"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return Execution()
        except self._client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _NO_RIGHT:
                raise
            self._refused = f"Step Functions may not be read ({code}): times are those of the row"
            return Execution(notice=self._refused)
        now, visits = visits_of(events)
        status = str(described["status"])
        return Execution(status, now if status == "RUNNING" else "", visits)


def visits_of(events: Iterable[Mapping[str, Any]]) -> tuple[str, dict[str, Visit]]:
    """The state that was entered last, and each state with its times, from a history's events."""
    now, visits = "", dict[str, Visit]()
    for event in events:
        if entered := event.get(_ENTERED):
            now = entered["name"]
            was = visits.get(now)
            first = was.began if was else event["timestamp"]
            visits[now] = Visit(was.times + 1 if was else 1, first)
        elif (left := event.get(_EXITED)) and left["name"] in visits:
            was = visits[left["name"]]
            visits[left["name"]] = Visit(was.times, was.began, event["timestamp"])
    return now, visits

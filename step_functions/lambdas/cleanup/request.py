"""What cleanup is asked: by the state machine or a person, or by the rule on a status change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spark_jobs.batch.starting import execution_arn
from spark_jobs.facts.aws import Ending
from spark_jobs.facts.errors import UsageError

_EXECUTION = re.compile(r"arn:[^:\s]+:states:[^:\s]+:[0-9]+:execution:[^:\s]+:[^:\s]+")
_RUN = re.compile(r"(?P<batch>.+)-r[1-9][0-9]*")
_CHANGE = "Step Functions Execution Status Change"
_CURE = (
    'give {"executionArn": "<ARN>", "status": "SUCCESS | VALIDATION_FAILED | '
    'TRANSFORMATION_FAILED", "stepFunctionArn": "<StateMachine ARN>"}, or that rule\'s event'
)


@dataclass(frozen=True)
class Request:
    """An execution, and how it ended by the caller's word; the batch's row counts.

    Args:
        ending: None where only the status of the execution was told.
    """

    execution_arn: str
    state_machine_arn: str
    ending: Ending | None

    @property
    def execution(self) -> str:
        """The execution's name."""
        return self.execution_arn.rpartition(":")[2]

    @property
    def batch_id(self) -> str:
        """The batch that the name tells, empty where it tells none."""
        named = _RUN.fullmatch(self.execution)
        return named["batch"] if named else ""

    def is_of(self, state_machine_arn: str) -> bool:
        """Whether both ARNs are of this state machine."""
        own = execution_arn(state_machine_arn, self.execution)
        return self.execution_arn == own and self.state_machine_arn == state_machine_arn


def parse_request(event: object) -> Request:
    """The request in an event.

    Raises:
        UsageError: It is neither of the two forms.
    """
    if not isinstance(event, Mapping):
        raise _refused(f"an object is needed, this is a {type(event).__name__}", "event")
    if event.get("detail-type") != _CHANGE:
        given = _text(event, "status")
        if given not in set(Ending):
            raise _refused(f"{given!r} is none of {', '.join(Ending)}", "status")
        machine = _text(event, "stepFunctionArn")
        return Request(_execution(event), machine, Ending(given))
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise _refused("the event has no detail", "detail")
    return Request(_execution(detail), _text(detail, "stateMachineArn"), None)


def _execution(given: Mapping[str, Any]) -> str:
    arn = _text(given, "executionArn")
    if not _EXECUTION.fullmatch(arn):
        raise _refused(f"{arn[:200]!r} is no ARN of an execution", "executionArn")
    return arn


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise _refused("missing, or no text", name)
    return value


def _refused(what: str, where: str) -> UsageError:
    return UsageError(what, where=where, cure=_CURE)

"""The outcome: the last act of a task, for an exit code says too little to the state machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.table import Absent, Condition, Is, Row, StateTable, Update
from spark_jobs.facts.aws import BatchState, Task
from spark_jobs.facts.errors import FencedOutError
from spark_jobs.facts.words import Outcome


def own_batch(table: StateTable, batch_id: str, execution: str) -> Row:
    """The batch's row, where this execution is its current one.

    Raises:
        FencedOutError: The batch runs under another execution by now.
    """
    row = table.get(batch_key(batch_id))
    if row is None or row.get("execution") != execution:
        raise FencedOutError(execution)
    return row


def outcome_of(row: Row, task: Task) -> Outcome | None:
    """What the task of the current execution left, None where it left nothing yet."""
    said = row.get(f"{task}_outcome")
    return Outcome(said) if said else None


def write_outcome(
    table: StateTable,
    batch_id: str,
    execution: str,
    task: Task,
    outcome: Outcome,
    *,
    code: str = "",
    more: Mapping[str, Any] | None = None,
) -> Outcome:
    """Writes the outcome, unless an earlier attempt of this execution did; that one counts.

    Args:
        code: What went wrong, where the outcome is `fatal` or `rejected`.
        more: Other attributes of the row: `verdict`, `alert_subject`, `alert_message`.

    Returns:
        The outcome that stands in the row.

    Raises:
        FencedOutError: The batch runs under another execution by now, or its end has begun.
    """
    changes = {f"{task}_outcome": str(outcome), f"{task}_code": code, **(more or {})}
    mine: list[Condition] = [
        Is("execution", execution),
        Is("state", BatchState.RUNNING),  # else somebody has acted on there being no outcome
        Absent(f"{task}_outcome"),
    ]
    if table.write(Update(batch_key(batch_id), set=changes, when=mine)) is not None:
        return outcome
    left = outcome_of(own_batch(table, batch_id, execution), task)
    if left is None:
        raise FencedOutError(execution)
    return left

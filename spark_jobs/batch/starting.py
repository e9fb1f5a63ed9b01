"""Starting executions: the oldest waiting batch, when the lease is free."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from spark_jobs.batch.files import BATCH, batch_key
from spark_jobs.batch.lease import LEASE, holder
from spark_jobs.batch.table import Absent, Is, Row, StateTable, Update
from spark_jobs.facts.aws import BatchState

OF_THE_LAST_RUN = (
    "validate_outcome",
    "validate_code",
    "transform_outcome",
    "transform_code",
    "execution_arn",
    "verdict",
    "alert_subject",
    "alert_message",
    "alerted_at",
    "alerted_at_claim",
    "archive_told_at",
    "archive_told_at_claim",
    "ending",
    "finished_at",
)
"""What a new run of a batch starts without."""


def start_next(table: StateTable, states: Any, state_machine: str) -> str | None:
    """Starts the oldest waiting batch where no execution holds the lease.

    Args:
        states: `boto3.client("stepfunctions")`.
        state_machine: Its ARN.

    Returns:
        The execution's name; None where nothing waits or the lease is held.
    """
    batch = next((b for b in table.waiting(BATCH) if b["state"] == BatchState.WAITING), None)
    if batch is None or holder(table) is not None:
        return None
    name = _take(table, batch)
    if name:
        start(table, states, state_machine, name)
    return name


def start(table: StateTable, states: Any, state_machine: str, execution: str) -> None:
    """Starts the execution that holds the lease; harmless where it was started before."""
    batch_id, _, _ = execution.rpartition("-r")
    batch = table.get(batch_key(batch_id))
    if batch is None or batch.get("execution") != execution:
        return
    names = ("batch_id", "run", "manifest", "files", "bytes")
    given = {"batch_id": batch_id, **{name: batch[name] for name in names[1:]}}
    try:
        states.start_execution(
            stateMachineArn=state_machine, name=execution, input=json.dumps(given, sort_keys=True)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
    table.write(
        Update(
            batch_key(batch_id),
            set={"execution_arn": execution_arn(state_machine, execution)},
            when=[Is("execution", execution)],
        )
    )


def again(table: StateTable, batch_id: str) -> bool:
    """Lets a failed batch wait for its turn again; False where it has not failed."""
    waits = {"state": BatchState.WAITING, "waiting": batch_id}
    failed = [Is("state", BatchState.FAILED)]
    return table.write(Update(batch_key(batch_id), set=waits, when=failed)) is not None


def execution_arn(state_machine: str, execution: str) -> str:
    """The ARN of an execution of a state machine."""
    return f"{state_machine.replace(':stateMachine:', ':execution:')}:{execution}"


def _take(table: StateTable, batch: Row) -> str | None:
    """The lease for the batch's next run; None where somebody was faster."""
    run = batch["run"] + 1
    name = f"{batch['sk']}-r{run}"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    refused = table.transact(
        Update(
            LEASE,
            set={"execution": name, "batch_id": batch["sk"], "taken_at": now},
            when=[Absent("execution")],
        ),
        Update(
            batch_key(batch["sk"]),
            set={"state": BatchState.RUNNING, "run": run, "execution": name, "started_at": now},
            remove=OF_THE_LAST_RUN,
            when=[Is("state", BatchState.WAITING), Is("run", batch["run"])],
        ),
    )
    return None if refused else name

"""Closing what is due, starting what waits, and waking what died."""

from __future__ import annotations

import json
import random

from botocore.exceptions import ClientError

from spark_jobs.batch import closing, starting
from spark_jobs.batch.files import BATCH
from spark_jobs.batch.lease import holder
from spark_jobs.batch.table import Row
from spark_jobs.facts.aws import BatchState

from .gate import Gate, logger, metrics

_CLEANED_AT_ONCE = 10
_ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def close_due(gate: Gate, *, requested: bool = False) -> list[str]:
    """The batches that were closed now: as long as what waits is enough for one."""
    settings = gate.settings
    batches: list[str] = []
    while batch_id := closing.close(
        gate.table, gate.s3, settings.lake_bucket, settings.threshold, requested=requested
    ):
        logger.info("batch closed", batch_id=batch_id)
        metrics.add_metric(name="ClosedBatches", unit="Count", value=1)
        batches.append(batch_id)
    return batches


def resume_closing(gate: Gate) -> str | None:
    """The batch whose closing had died and is finished now."""
    settings = gate.settings
    batch_id = closing.resume(gate.table, gate.s3, settings.lake_bucket, settings.threshold)
    if batch_id:
        logger.warning("a closing was finished that somebody else had begun", batch_id=batch_id)
    return batch_id


def start_next(gate: Gate) -> str | None:
    """The execution that was started now."""
    execution = starting.start_next(gate.table, gate.states, gate.settings.state_machine)
    if execution:
        logger.info("execution started", execution=execution)
    return execution


def look_after_lease(gate: Gate) -> str | None:
    """Starts the execution that holds the lease but never began; has cleaned up one that ended.

    Returns:
        The execution that something was done about.
    """
    execution = holder(gate.table)
    status = _status(gate, execution) if execution else None
    if execution is None or not (status is None or status in _ENDED):
        return None
    if status is None:
        logger.warning("an execution held the lease but was never started", execution=execution)
        starting.start(gate.table, gate.states, gate.settings.state_machine, execution)
    else:
        logger.warning("an execution ended and holds the lease", execution=execution, status=status)
        _clean_up(gate, execution, status)
    return execution


def clean_up_rest(gate: Gate) -> list[str]:
    """Has cleanup go on with batches that gave their lease away; some of them in each sweep.

    Those whose mail SNS refused, and those of which files are left in landing.

    Returns:
        Their executions.
    """
    held = holder(gate.table)
    open_ = [
        batch
        for batch in gate.table.waiting(BATCH)
        if batch.get("execution") != held and _has_a_rest(batch)
    ]
    # At random: some that stay for ever must not keep the others away.
    some = random.sample(open_, min(len(open_), _CLEANED_AT_ONCE))
    for batch in some:
        logger.warning("cleanup has a rest to do", batch_id=batch["sk"], state=batch["state"])
        _clean_up(gate, batch["execution"], "FAILED")
    return sorted(batch["execution"] for batch in some)


def _has_a_rest(batch: Row) -> bool:
    untold = batch["state"] == BatchState.FAILED and "alerted_at" not in batch
    # What is done waits for nothing but its mail.
    return untold or batch["state"] in {BatchState.FINISHING, BatchState.DONE}


def _status(gate: Gate, execution: str) -> str | None:
    """What Step Functions says of an execution; None: it knows none of that name."""
    arn = starting.execution_arn(gate.settings.state_machine, execution)
    try:
        return str(gate.states.describe_execution(executionArn=arn)["status"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return None
        raise


def _clean_up(gate: Gate, execution: str, status: str) -> None:
    """Calls cleanup as EventBridge does when an execution's status changes."""
    state_machine = gate.settings.state_machine
    event = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": starting.execution_arn(state_machine, execution),
            "stateMachineArn": state_machine,
            "status": status,
        },
    }
    gate.functions.invoke(
        FunctionName=gate.settings.cleanup_function,
        InvocationType="Event",
        Payload=json.dumps(event),
    )

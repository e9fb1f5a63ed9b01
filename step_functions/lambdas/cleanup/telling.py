"""Telling people once: who sends claims it first, and the row says when it was sent.

SNS takes a message again as another one, so a death between sending and noting it means that the
next cleanup sends it a second time: better twice than never. A cleanup claims with the time, worth
CLAIM_SECONDS; the state machine, as it marks the batch finishing, with its execution's name, worth
as long as that runs: SNS may keep it for minutes. Who meets another's claim waits for its end, for
after the batch is released nobody may come back; but for the state machine no longer than
PATIENCE_SECONDS: what is untold then keeps the batch in the list where the sweep finds it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.notice import Alert
from spark_jobs.batch.table import Absent, Condition, Is, Row, StateTable, Update

CLAIM_SECONDS = 30.0
"""Longer than a publication with its retries takes."""
PATIENCE_SECONDS = 10.0
"""Waited for the state machine; it takes one, if SNS does."""
POLL_SECONDS = 2.0


class Told(StrEnum):
    """What came of it."""

    NOW = "now"
    BEFORE = "before"
    NOT = "not"
    """SNS refused; a later call tries again."""
    LATER = "later"
    """Who has claimed it is still about to; a later call looks again."""


def tell_once(
    table: StateTable,
    sns: Any,
    topic_arn: str,
    row: Row,
    mark: str,
    alert: Alert,
    runs: Callable[[], bool],
) -> Told:
    """Sends an alert about the current run of a batch, unless the row's `mark` says it was sent.

    Args:
        mark: `alerted_at`, say; the claim stands beside it.
        runs: Whether the batch's execution still does.
    """
    key, mine, claim = batch_key(row["sk"]), Is("execution", row["execution"]), f"{mark}_claim"
    got = _claimed(table, row, mark, runs)
    if isinstance(got, Told):
        return got
    try:
        sns.publish(TopicArn=topic_arn, Subject=alert.subject, Message=alert.message)
    except (ClientError, BotoCoreError):
        table.write(Update(key, remove=[claim], when=[mine, Is(claim, got)]))
        return Told.NOT
    table.write(Update(key, set={mark: _now()}, remove=[claim], when=[mine]))
    return Told.NOW


def _claimed(table: StateTable, row: Row, mark: str, runs: Callable[[], bool]) -> str | Told:
    """Our claim, or why there is none."""
    key, mine, claim = batch_key(row["sk"]), Is("execution", row["execution"]), f"{mark}_claim"
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        now = _now()
        now_row = table.get(key) or {}
        if mark in now_row or now_row.get("execution") != row["execution"]:
            return Told.BEFORE
        other = now_row.get(claim)
        if other is not None and _holds(other, row, runs):
            if other == row["execution"] and time.monotonic() >= patience:
                return Told.LATER
            time.sleep(POLL_SECONDS)
            continue
        unclaimed: Condition = Absent(claim) if other is None else Is(claim, other)
        if table.write(Update(key, set={claim: now}, when=[mine, Absent(mark), unclaimed])):
            return now


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _holds(claim: str, row: Row, runs: Callable[[], bool]) -> bool:
    return runs() if claim == row["execution"] else _age(claim) < CLAIM_SECONDS


def _age(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()

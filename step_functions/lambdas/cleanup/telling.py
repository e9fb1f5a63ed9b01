"""Telling people once: who sends claims it first, and the row says when it was sent.

SNS takes a message again as another one, so a death between sending and noting it means that the
next cleanup sends it a second time: better twice than never. A claim is worth CLAIM_SECONDS; who
meets another's waits for its end, for after the batch is released nobody may come back.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.notice import Alert
from spark_jobs.batch.table import Absent, Condition, Is, Row, StateTable, Update

CLAIM_SECONDS = 30.0
"""Longer than a publication with its retries takes."""
POLL_SECONDS = 2.0


class Told(StrEnum):
    """What came of it."""

    NOW = "now"
    BEFORE = "before"
    NOT = "not"
    """SNS refused; a later call tries again."""


def tell_once(
    table: StateTable, sns: Any, topic_arn: str, row: Row, mark: str, alert: Alert
) -> Told:
    """Sends an alert about the current run of a batch, unless the row's `mark` says it was sent.

    Args:
        mark: `alerted_at`, say; the claim stands beside it.
    """
    key, mine = batch_key(row["sk"]), Is("execution", row["execution"])
    claim = f"{mark}_claim"
    while True:
        now = _now()
        now_row = table.get(key) or {}
        if mark in now_row or now_row.get("execution") != row["execution"]:
            return Told.BEFORE
        other = now_row.get(claim)
        if other is not None and _age(other) < CLAIM_SECONDS:
            time.sleep(POLL_SECONDS)
            continue
        unclaimed: Condition = Absent(claim) if other is None else Is(claim, other)
        if table.write(Update(key, set={claim: now}, when=[mine, Absent(mark), unclaimed])):
            break
    try:
        sns.publish(TopicArn=topic_arn, Subject=alert.subject, Message=alert.message)
    except (ClientError, BotoCoreError):
        table.write(Update(key, remove=[claim], when=[mine, Is(claim, now)]))
        return Told.NOT
    table.write(Update(key, set={mark: _now()}, remove=[claim], when=[mine]))
    return Told.NOW


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _age(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()

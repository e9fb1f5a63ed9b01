"""What the alarms look at, told each minute, zeros included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from spark_jobs.batch.files import BATCH, waiting_files
from spark_jobs.batch.table import Row, StateTable
from spark_jobs.facts.aws import BatchState

from .gate import Gate, metrics

_QUEUED = {BatchState.CLOSING, BatchState.SEALED, BatchState.WAITING}


def tell_figures(gate: Gate) -> dict[str, float]:
    """Emits and returns the figures of this minute."""
    figures = figures_of(gate.table, datetime.now(UTC))
    for name, value in figures.items():
        unit = "Seconds" if name.endswith("Seconds") else "Count"
        metrics.add_metric(name=name, unit=unit, value=value)
    return figures


def figures_of(table: StateTable, now: datetime) -> dict[str, float]:
    """How much waits and for how long, what has failed, and when a batch was done last.

    A file waits until its batch starts; a batch that has failed counts apart.
    """
    files = waiting_files(table)
    batches = list(table.waiting(BATCH))
    queued = [batch for batch in batches if batch["state"] in _QUEUED]
    since = [*(file["received_at"] for file in files), *(b["opened_at"] for b in queued)]
    return {
        "WaitingFiles": len(files),
        "WaitingBatches": len(queued),
        "OldestWaitingFileSeconds": max((_age(moment, now) for moment in since), default=0.0),
        "FailedBatches": sum(batch["state"] == BatchState.FAILED for batch in batches),
        "HoursSinceLastBatch": _since_last(table.newest(BATCH), now) / 3600,
    }


def _since_last(newest_first: Iterable[Row], now: datetime) -> float:
    """Seconds since a batch was done; 0 where none ever was."""
    for batch in newest_first:
        if batch["state"] == BatchState.DONE:
            return _age(batch["finished_at"], now)
    return 0.0


def _age(moment: str, now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(moment)).total_seconds())

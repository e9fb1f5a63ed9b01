"""The gate's entry point: events of the queue, the sweeper's minute, and requests by hand.

Answers: to the queue, which messages failed; to `{"sweep": true}`, what each step did; to
`{"close": true}` and `{"again": "<batch>"}`, what was closed and started, or why not (`refused`;
`busy`: ask again).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from spark_jobs.batch import starting
from spark_jobs.batch.files import batch_key, waiting_files
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.places import in_ascii

from .arrivals import note
from .events import arrival_of
from .gate import Gate, logger, metrics
from .lost import LISTING_SECONDS, note_lost
from .running import close_due, start_next
from .sweep import sweep

_BUSY = "files wait in landing, but another closing is under way: ask again in a minute"
the_gate = cache(Gate.of)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one invocation.

    Raises:
        UsageError: The event is none of those above.
        ExceptionGroup: Steps of the sweep failed.
    """
    try:
        return _answer(the_gate(), event, context)
    except Exception:
        logger.exception("the invocation failed")
        raise
    finally:
        if metrics.provider.metric_set:
            metrics.flush_metrics()


def _answer(gate: Gate, event: Any, context: Any) -> dict[str, Any]:
    asked = event if isinstance(event, dict) else {}
    if "Records" in asked:
        return _arrivals(gate, asked, context)
    if asked == {"sweep": True}:
        return sweep(gate)
    if asked == {"close": True}:
        return _close(gate)
    if set(asked) == {"again"} and isinstance(asked["again"], str):
        return _again(gate, asked["again"])
    raise UsageError(
        f"the gate does not know what to do with {in_ascii(str(event))[:200]}",
        cure='send {"sweep": true}, {"close": true} or {"again": "<batch>"}',
    )


def _arrivals(gate: Gate, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Notes the messages' versions; then a batch may be due."""

    def record_handler(record: SQSRecord) -> None:
        try:
            note(gate, arrival_of(record.body))
        except Exception:
            logger.exception("an arrival could not be noted", message_id=record.message_id)
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    failed = process_partial_response(event, record_handler, processor, context)
    try:
        close_due(gate)
        start_next(gate)
    except Exception:  # noqa: BLE001 (logged and counted)
        # The versions are noted: to bring their messages again helps nothing. The sweep goes on.
        logger.exception("closing or starting a batch failed and is left to the sweep")
        metrics.add_metric(name="FailedStarts", unit="Count", value=1)
    return dict(failed)


def _close(gate: Gate) -> dict[str, Any]:
    """Closes what lies in landing now, also what no event has told of yet."""
    try:
        note_lost(gate, LISTING_SECONDS)
    except Exception:  # noqa: BLE001 (logged; the sweep fails by it, the others need not wait)
        logger.exception("landing could not be listed to its end; what is known is closed")
    closed = close_due(gate, requested=True)
    busy = {"busy": _BUSY} if not closed and waiting_files(gate.table) else {}
    return {"closed": closed, "started": start_next(gate), **busy}


def _again(gate: Gate, batch_id: str) -> dict[str, Any]:
    if not starting.again(gate.table, batch_id):
        row = gate.table.get(batch_key(batch_id)) if batch_id else None
        stands = f"it is {row['state']}" if row else "nobody knows it"
        refused = f"there is no such batch that has failed: {stands}"
        return {"batch_id": batch_id, "refused": refused}
    logger.info("a failed batch waits again", batch_id=batch_id)
    return {"batch_id": batch_id, "started": start_next(gate)}

"""What a run did, as the one JSON document of `--json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_jobs.lake.receipts import Receipt
    from spark_jobs.pipeline.report import RunReport, TransformReport
    from spark_jobs.publish.changes import DayChange
    from spark_jobs.rules.reasons import Masks
    from spark_jobs.rules.verdict import BatchVerdict, FileVerdict

VERSION = 1
"""Of the document; a reader may rely on the names while it stays."""


def run_document(report: RunReport, masks: Masks, exit_code: int) -> dict[str, Any]:
    """The document of `orders run --json`: verdict, both sums of every file, days changed."""
    document: dict[str, Any] = {
        "schema_version": VERSION,
        "exit_code": exit_code,
        "verdict": report.verdict,
        "nothing_new": report.batch is None,
        "batch": batch_document(report.batch, masks, report.transform) if report.batch else None,
        "transform": transform_document(report.transform) if report.transform else None,
        "skipped": [_reason(file) for file in report.skipped],
        "ignored": [{"name": name, "reason": reason} for name, reason in report.ignored],
        "durations": report.durations,
    }
    if report.resumed:
        document["resumed"] = [run_document(each, masks, 0) for each in report.resumed]
    return document


def batch_document(
    batch: BatchVerdict, masks: Masks, done: TransformReport | None = None
) -> dict[str, Any]:
    """A verdict as `verdict.schema.json` has it, personal examples masked, receipts added."""
    from spark_jobs.pipeline.documents import verdict_document

    document = verdict_document(batch)
    for entry, file in zip(document["files"], batch.files, strict=True):
        for kind in ("violations", "warnings"):
            for finding, shown in zip(getattr(file, kind), entry[kind], strict=True):
                shown["example"] = masks.example(file, finding)
        if done:
            entry["receipt"] = _receipt(done.receipt(file.dataset, file.sha256))
    return document


def transform_document(done: TransformReport) -> dict[str, Any]:
    """What a transform did; the KPIs of changed days as numbers with exactly their digits."""
    return {
        "batch_id": done.batch_id,
        "sequence": done.sequence,
        "version": done.version,
        "receipt": {
            name: sum(getattr(each, name) for each in done.receipts.values())
            for name in ("stored", "superseded", "identical")
        },
        "days_changed": [day_document(change) for change in done.changes],
        "held": done.held,
        "held_overdue": done.held_overdue,
        "unknown_products": done.unknown_products,
        "durations": done.durations,
    }


def day_document(change: DayChange) -> Mapping[str, Any]:
    """A changed day with its KPIs before and after."""
    return {"order_date": change.order_date, "before": change.before, "after": change.after}


def _receipt(receipt: Receipt) -> dict[str, int]:
    return {
        "stored": receipt.stored,
        "superseded": receipt.superseded,
        "identical": receipt.identical,
    }


def _reason(file: FileVerdict) -> dict[str, str]:
    return {
        "name": file.name,
        "dataset": file.dataset,
        "sha256": file.sha256,
        "reason": "; ".join(problem.message for problem in file.problems),
    }

"""Rows of the tables `files` and `batches` from a verdict and a transform's report."""

import json
from datetime import datetime

from spark_jobs import __version__
from spark_jobs.facts.words import Verdict
from spark_jobs.lake.history import BatchHistory, FileHistory
from spark_jobs.pipeline.report import TransformReport
from spark_jobs.rules.verdict import BatchVerdict, FileVerdict, counts_by_rule
from spark_jobs.session import Engine


def file_row(file: FileVerdict, batch: BatchVerdict, report: TransformReport) -> FileHistory:
    """One content of the batch, as in the table `files`."""
    receipt = report.receipt(file.dataset, file.sha256)
    return FileHistory(
        dataset=file.dataset,
        file_sha256=file.sha256,
        file=file.name,
        shape=file.shape,
        size_bytes=file.size_bytes,
        received_at=file.received_at,
        batch_id=batch.batch_id,
        verdict=str(file.verdict),
        reason="; ".join(problem.message for problem in file.problems),
        records=file.records,
        staged=file.staged,
        quarantined=file.quarantined,
        stored=receipt.stored,
        superseded=receipt.superseded,
        identical=receipt.identical,
    )


def batch_row(
    batch: BatchVerdict, report: TransformReport, engine: Engine, now: datetime
) -> BatchHistory:
    """The batch, as in the table `batches`."""
    receipts = report.receipts.values()
    return BatchHistory(
        batch_id=batch.batch_id,
        sequence=report.sequence,
        verdict=str(batch.verdict),
        files=sum(file.verdict is not Verdict.SKIPPED for file in batch.files),
        records=batch.total("records"),
        staged=batch.total("staged"),
        quarantined=batch.total("quarantined"),
        in_rejected_files=batch.total("in_rejected_file"),
        stored=sum(receipt.stored for receipt in receipts),
        superseded=sum(receipt.superseded for receipt in receipts),
        identical=sum(receipt.identical for receipt in receipts),
        counts_by_rule=json.dumps(counts_by_rule(batch.files)),
        durations=json.dumps(batch.durations | report.durations),
        engine=engine.name,
        versions=json.dumps({"order-pipeline": __version__, **engine.versions()}),
        finished_at=now,
    )

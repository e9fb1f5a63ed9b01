"""What is remembered of a batch: its rows in the tables, its judgements on contents."""

import json
from collections.abc import Mapping
from datetime import datetime

from pyspark.sql import DataFrame

from spark_jobs import __version__
from spark_jobs.batch.received import Judgement
from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.history import (
    BatchHistory,
    FileHistory,
    record_arrivals,
    record_batch,
    record_files,
    record_quarantine,
)
from spark_jobs.pipeline.documents import StagedFolder
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


def remember(
    lake: Lake,
    folder: StagedFolder,
    batch: BatchVerdict,
    report: TransformReport,
    accepted: Mapping[Dataset, DataFrame],
    now: datetime,
    *,
    without: frozenset[tuple[str, str]] = frozenset(),
) -> None:
    """Writes files, quarantine, arrivals and the batch itself, which comes last.

    Args:
        folder: With the quarantine that the verdict names.
        accepted: The batch's accepted rows.
        without: Contents (dataset, sha256) that another batch has brought.
    """
    files = [file for file in judged(batch) if (file.dataset, file.sha256) not in without]
    record_files(lake, [file_row(file, batch, report) for file in files])
    if batch.quarantine:
        paths = [str(folder.root / name) for name in batch.quarantine]
        record_quarantine(lake, lake.engine.spark.read.parquet(*paths))
    record_arrivals(lake, batch.batch_id, accepted, now)
    record_batch(lake, batch_row(batch, report, lake.engine, now))


def judged(batch: BatchVerdict) -> list[FileVerdict]:
    """The files that were judged, not skipped."""
    return [file for file in batch.files if file.verdict is not Verdict.SKIPPED]


def judgements(batch: BatchVerdict) -> list[Judgement]:
    """What the batch says of its contents."""
    return [
        Judgement(
            file.dataset,
            file.sha256,
            file.verdict,
            file.problems[0].code if file.problems else "",
            batch.contracts,
        )
        for file in judged(batch)
    ]

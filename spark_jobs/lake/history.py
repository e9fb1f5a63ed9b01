"""What is remembered of every file, batch and quarantined row; written last, again harmlessly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.canonical import KEYS
from spark_jobs.facts.effects import Effect
from spark_jobs.facts.words import Dataset
from spark_jobs.lake.again import again_on_conflict
from spark_jobs.lake.staged import StagedBatch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake

ARRIVED_LATER = "arrived later"


@dataclass(frozen=True)
class FileHistory:
    """One row of `received_files`: a content received, its verdict and both of its sums."""

    dataset: str
    file_sha256: str
    file: str
    shape: str | None
    size_bytes: int
    received_at: datetime
    batch_id: str
    verdict: str
    reason: str | None
    records: int
    staged: int = 0
    quarantined: int = 0
    stored: int = 0
    superseded: int = 0
    identical: int = 0


@dataclass(frozen=True)
class BatchHistory:
    """One row of `batches`; `counts_by_rule`, `durations` and `versions` are JSON."""

    batch_id: str
    sequence: int
    verdict: str
    files: int
    records: int
    staged: int
    quarantined: int
    in_rejected_files: int
    stored: int
    superseded: int
    identical: int
    counts_by_rule: str
    durations: str
    engine: str
    versions: str
    finished_at: datetime


def write_history(
    lake: Lake,
    *,
    files: Sequence[FileHistory],
    batch: BatchHistory,
    quarantine: Sequence[str],
    now: datetime,
    staged: StagedBatch | None = None,
) -> None:
    """Remember a batch, one commit for each table; run again it changes nothing but `batches`.

    Args:
        lake: The lake.
        files: All files of the batch, rejected ones too.
        batch: The run.
        quarantine: Paths of Parquet files with the columns of `quarantine`, as validate left them.
        now: When.
        staged: The accepted rows. Needed that rows which lost against older ones also count as
            later arrivals of a quarantined row.
    """
    record_files(lake, files)
    if quarantine:
        record_quarantine(lake, lake.engine.spark.read.parquet(*quarantine))
    record_arrivals(lake, batch.batch_id, staged.frames if staged else {}, now)
    record_batch(lake, batch)


def record_files(lake: Lake, files: Sequence[FileHistory]) -> None:
    """Put each file's row, by dataset and checksum; one judged anew replaces its row."""
    _put(lake, "received_files", [astuple(file) for file in files])


def record_batch(lake: Lake, batch: BatchHistory) -> None:
    """Put the batch's row; running a batch again replaces it."""
    _put(lake, "batches", [astuple(batch)])


def record_quarantine(lake: Lake, rows: DataFrame) -> None:
    """Add the quarantined rows that are not there yet; those that are stay as they are."""
    lake.insert_absent("quarantine", rows, Effect.WRITE_HISTORY)


def record_arrivals(
    lake: Lake, batch_id: str, accepted: Mapping[Dataset, DataFrame], now: datetime
) -> None:
    """Add a `discarded` event to quarantined rows whose key was accepted from a later file.

    All of quarantine is held against the rows of the batch and of the lake, so it does not matter
    which batch came first. The batch's files and quarantined rows must be recorded before.
    """
    waiting = _waiting(lake)
    datasets = [row["dataset"] for row in waiting.select("dataset").distinct().collect()]
    for dataset in map(Dataset, datasets):
        rows = waiting.filter(F.col("dataset") == str(dataset))
        met = rows.join(_accepted(lake, dataset, accepted), on="row_key", how="inner")
        later = met.filter("accepted_at > received_at")
        events = later.select("file_sha256", "dataset", "record").distinct()
        events = events.withColumn("event", F.lit("discarded"))
        events = events.withColumn("reason", F.lit(ARRIVED_LATER))
        events = events.withColumn("batch_id", F.lit(batch_id))
        events = events.withColumn("happened_at", F.lit(now).cast("timestamp"))
        lake.insert_absent("quarantine_events", events, Effect.WRITE_HISTORY)


def _waiting(lake: Lake) -> DataFrame:
    """The quarantined rows with a key and without an event, with their file's `received_at`."""
    key = list(lake.tables["quarantine"].key)
    rows = lake.frame("quarantine").select(*key, "row_key").filter("row_key IS NOT NULL")
    told = lake.frame("quarantine_events").select(*key)
    files = lake.frame("received_files").select("dataset", "file_sha256", "received_at")
    waiting = rows.join(told, on=key, how="left_anti")
    return waiting.join(files, on=["dataset", "file_sha256"], how="inner")


def _accepted(lake: Lake, dataset: Dataset, staged: Mapping[Dataset, DataFrame]) -> DataFrame:
    """The keys of the lake and of the batch, and when what they were accepted from came."""
    columns = (F.col(KEYS[dataset]).alias("row_key"), F.col("received_at").alias("accepted_at"))
    accepted = lake.frame(dataset).select(*columns)
    if dataset in staged:
        accepted = accepted.unionByName(staged[dataset].select(*columns))
    return accepted


def _put(lake: Lake, name: str, rows: list[tuple[object, ...]]) -> None:
    if not rows:
        return
    table = lake.tables[name]
    source = lake.engine.spark.createDataFrame(rows, table.ddl)
    on = " AND ".join(f"t.{column} = s.{column}" for column in table.key)

    def put() -> None:
        with lake.committing(Effect.WRITE_HISTORY):
            lake.engine.merge(name, source, on)

    again_on_conflict(put, lake.guard)

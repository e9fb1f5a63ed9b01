"""What validate hands to transform: the accepted rows of one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from spark_jobs.facts.canonical import KEYS, PROVENANCE
from spark_jobs.facts.words import Dataset
from spark_jobs.lake.tables import DATA_TABLES, MONTH

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DAY = ("order_date", MONTH)
"""The day of an order; an item borrows its order's."""

STAGED_COLUMNS: dict[Dataset, tuple[str, ...]] = {
    dataset: tuple(
        name
        for name in table.columns
        if not (dataset is Dataset.ORDER_ITEMS and name in DAY)  # not known before the lake
    )
    for dataset, table in DATA_TABLES.items()
}
"""The columns of a staged frame; all of PROVENANCE have values."""

BUSINESS_COLUMNS: dict[Dataset, tuple[str, ...]] = {
    dataset: tuple(c for c in columns if c not in PROVENANCE and c != KEYS[dataset])
    for dataset, columns in STAGED_COLUMNS.items()
}
"""What a row says, without its key and without where it came from."""


@dataclass(frozen=True)
class StagedFile:
    """One accepted file of the batch.

    Args:
        sha256: Checksum of its content; with the dataset it identifies the file.
        dataset: What it holds.
        name: Its name, for people.
        received_at: When this content was first registered.
    """

    sha256: str
    dataset: Dataset
    name: str
    received_at: datetime


@dataclass(frozen=True)
class StagedBatch:
    """The accepted rows of one batch.

    Args:
        batch_id: The batch.
        frames: STAGED_COLUMNS by dataset; only datasets with accepted rows.
        files: The accepted files, those without rows too.
    """

    batch_id: str
    frames: Mapping[Dataset, DataFrame]
    files: tuple[StagedFile, ...]

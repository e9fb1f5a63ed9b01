"""What the staged rows of one dataset do to its table, found out before it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.canonical import KEYS
from spark_jobs.facts.words import Dataset
from spark_jobs.lake.receipts import Receipt, add_up
from spark_jobs.lake.staged import BUSINESS_COLUMNS, DAY, STAGED_COLUMNS
from spark_jobs.lake.tables import DATA_TABLES, MONTH
from spark_jobs.lake.versions import LOST, duplicated_keys, newer, same_record, with_lost

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake

WAS = "was_"
"""Prefix of the stored row's columns beside the staged row that meets it."""


class Fate(StrEnum):
    """What a staged row does."""

    NEW = "new"
    CHANGED = "changed"
    SAME_RECORD = "same_record"
    """An earlier attempt has stored this very record."""
    IDENTICAL = "identical"
    """It wins and says what is stored: only where the row came from moves up."""
    SUPERSEDED = "superseded"


ALTERS = (Fate.NEW, Fate.CHANGED)
WRITES = (*ALTERS, Fate.IDENTICAL)


@dataclass(frozen=True)
class TablePlan:
    """What happens to one data table.

    Args:
        dataset: The table.
        fates: Each staged row with its `fate`, and `was_…` columns of the stored row. Of a
            first load only the winners, without `was_…` columns.
        first_load: Whether the table is empty.
        writes: How many rows are to be written.
        only_new: Whether all of them have keys that the table lacks.
        live_months: The months in which keys of the batch live now; None in `undated` apart.
        undated: Whether keys of the batch live in the partition of NULL.
        receipts: What became of the rows, by file.
        state: The table's state that this was found out on; None where nobody else can write.
    """

    dataset: Dataset
    fates: DataFrame
    first_load: bool
    writes: int
    only_new: bool
    live_months: tuple[str, ...]
    undated: bool
    receipts: Mapping[str, Receipt]
    state: str | None

    @property
    def to_write(self) -> DataFrame:
        """The staged rows that must be written, one for each key."""
        return self._having(WRITES).select(*STAGED_COLUMNS[self.dataset])

    @property
    def altered(self) -> DataFrame:
        """The rows that change what is stored, with the `was_…` columns."""
        return self._having(ALTERS)

    def _having(self, fates: tuple[Fate, ...]) -> DataFrame:
        return self.fates.filter(F.col("fate").isin(*map(str, fates)))


def plan_table(lake: Lake, dataset: Dataset, staged: DataFrame) -> TablePlan:
    """What the staged rows of one dataset do to its table."""
    state = lake.engine.state(dataset)
    staged = staged.select(*STAGED_COLUMNS[dataset])
    ranked = _ranked(lake, dataset, staged)
    if lake.is_empty(dataset):
        return _first_load(dataset, staged, ranked, state)
    live_months, undated = _live_in(lake, dataset, staged)
    stored = lake.frame(dataset)
    if _is_dated(dataset):
        stored = lake.frame(dataset, live_months, undated=undated)
    fates = lake.keep(f"fates-{dataset}", _fates(dataset, ranked, stored))
    receipts, counts = add_up(dataset, staged, fates)
    return TablePlan(
        dataset,
        fates,
        first_load=False,
        writes=sum(counts.get(fate, 0) for fate in WRITES),
        only_new=not (counts.get(Fate.CHANGED, 0) or counts.get(Fate.IDENTICAL, 0)),
        live_months=live_months,
        undated=undated,
        receipts=receipts,
        state=state,
    )


def _ranked(lake: Lake, dataset: Dataset, staged: DataFrame) -> DataFrame:
    """The staged rows with `lost`."""
    key = KEYS[dataset]
    duplicated = duplicated_keys(staged, key)
    if not duplicated.limit(1).count():
        return with_lost(staged, key, None)
    return with_lost(staged, key, lake.keep("duplicated", duplicated))


def _first_load(
    dataset: Dataset, staged: DataFrame, ranked: DataFrame, state: str | None
) -> TablePlan:
    """Into an empty table all winners go; nothing is kept, for this is the largest case."""
    fate = F.when(F.col(LOST), str(Fate.SUPERSEDED)).otherwise(str(Fate.NEW))
    fates = ranked.withColumn("fate", fate)
    receipts, counts = add_up(dataset, staged, fates)
    return TablePlan(
        dataset,
        fates,
        first_load=True,
        writes=counts.get(Fate.NEW, 0),
        only_new=True,
        live_months=(),
        undated=False,
        receipts=receipts,
        state=state,
    )


def _is_dated(dataset: Dataset) -> bool:
    return MONTH in DATA_TABLES[dataset].partitioned_by


def _live_in(lake: Lake, dataset: Dataset, staged: DataFrame) -> tuple[tuple[str, ...], bool]:
    """The months in which the staged keys live now, and whether some live in that of NULL."""
    if not _is_dated(dataset):
        return (), False
    key = KEYS[dataset]
    live = lake.frame(dataset).select(key, MONTH).join(staged.select(key), key, "left_semi")
    months = {row[MONTH] for row in live.select(MONTH).distinct().collect()}
    return tuple(sorted(month for month in months if month is not None)), None in months


def _fates(dataset: Dataset, ranked: DataFrame, stored: DataFrame) -> DataFrame:
    """The staged rows with `fate` and those `was_…` columns that tell the affected days."""
    key = KEYS[dataset]
    business = BUSINESS_COLUMNS[dataset]
    was = stored.select(*(F.col(name).alias(f"{WAS}{name}") for name in stored.columns))
    met = ranked.join(was, F.col(key) == F.col(f"{WAS}{key}"), how="left")
    equal = " AND ".join(f"({name} <=> {WAS}{name})" for name in business)
    fate = F.expr(
        f"""CASE WHEN {LOST} THEN '{Fate.SUPERSEDED}'
                 WHEN {WAS}{key} IS NULL THEN '{Fate.NEW}'
                 WHEN {same_record("", WAS)} THEN '{Fate.SAME_RECORD}'
                 WHEN NOT {newer("", WAS)} THEN '{Fate.SUPERSEDED}'
                 WHEN {equal} THEN '{Fate.IDENTICAL}'
                 ELSE '{Fate.CHANGED}' END"""
    )
    told = [f"{WAS}{name}" for name in (key, *DAY, "category") if f"{WAS}{name}" in was.columns]
    return met.withColumn("fate", fate).select(*ranked.columns, *told, "fate").drop(LOST)

"""One lake: its tables, its settings, how to read them, and what every commit passes."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pyspark.sql import functions as F

from spark_jobs.facts.effects import Effect, performing
from spark_jobs.facts.errors import CommitConflict, ConfigurationError
from spark_jobs.lake.again import again_on_conflict, unguarded
from spark_jobs.lake.settings import LakeSettings
from spark_jobs.lake.tables import MONTH, TABLES, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.session import Engine

SCRATCH = ".scratch"
_LEFTOVER_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Lake:
    """An open lake.

    Args:
        engine: The engine, bound to the lake's folder or Glue database.
        time_zone: The IANA zone in which an order has its day.
        tables: All tables by name.
        scratch: Local folder for frames that this run computes once and reads often.
        guard: Called before each commit; raises when another attempt may write to the lake now.
    """

    engine: Engine
    time_zone: str
    tables: Mapping[str, Table]
    scratch: Path
    guard: Callable[[], None] = unguarded

    @classmethod
    def open(
        cls,
        engine: Engine,
        time_zone: str | None = None,
        more_tables: Mapping[str, Table] | None = None,
        *,
        scratch: Path | None = None,
        guard: Callable[[], None] | None = None,
    ) -> Self:
        """The engine's lake; settings and tables that it lacks are created.

        Args:
            engine: Bound to a folder or a Glue database.
            time_zone: IANA name; None: the lake's own, UTC for a new lake.
            more_tables: Tables besides those of `lake.tables`: the marts.
            scratch: A local folder; None: one in the lake's own folder.
            guard: As above; None where the lake is locked.

        Raises:
            ConfigurationError: No lake, another time zone or an unknown format; no `scratch`
                for a lake that is no folder.
        """
        if engine.warehouse is None:
            raise ConfigurationError("no lake is open", cure="open the engine with a lake's folder")
        if scratch is None:
            scratch = engine.folder / SCRATCH
        guard = guard or unguarded
        tables = {**TABLES, **(more_tables or {})}
        with performing(Effect.CREATE_TABLES):
            settings = LakeSettings.adopt(engine.warehouse, time_zone)
            known = set(engine.table_names())
            for name, table in tables.items():
                if name not in known:
                    guard()
                    engine.create_table(name, table.ddl, table.partitioned_by)
        _remove_leftovers(scratch)
        return cls(engine, settings.time_zone, tables, scratch / uuid.uuid4().hex, guard)

    def frame(
        self, name: str, months: Collection[str] | None = None, *, undated: bool = False
    ) -> DataFrame:
        """A table, its columns in the order of the schema.

        Args:
            name: The table.
            months: Only these months (`yyyy-MM`), so that other files are not read; None: all.
            undated: With months: also the rows without a month.
        """
        rows = self.engine.read(name).select(*self.tables[name].columns)
        if months is None:
            return rows
        return rows.filter(in_months(MONTH, months, undated=undated))

    @property
    def is_shared(self) -> bool:
        """Whether others may write to it too: then a statement looks once more by itself."""
        return self.guard is not unguarded

    def is_empty(self, name: str) -> bool:
        """Whether the table has no row."""
        key = self.tables[name].key
        return self.frame(name).select(*key).limit(1).count() == 0

    def keep(self, name: str, rows: DataFrame) -> DataFrame:
        """The frame, computed now and read from scratch files from here on.

        What is read from a table after the table was written is another state; what is kept is
        not. Also for frames that several queries need.

        Where Sail computes another decimal type than it announces, reading fails and names the
        column: give both branches of a CASE the same type.
        """
        path = str(self.scratch / f"{name}-{uuid.uuid4().hex[:8]}")
        rows.write.option("compression", "snappy").parquet(path)
        return self.engine.spark.read.schema(rows.schema).parquet(path)

    @contextmanager
    def committing(
        self, effect: Effect, *, to: str = "", planned_on: str | None = None
    ) -> Iterator[None]:
        """Encloses one commit: nobody commits who has lost the lease, or planned on another state.

        Args:
            effect: What the commit is called where the tests kill it.
            to: The table, where the commit is right on one state of it only.
            planned_on: That state, as `engine.state` told it before the plan's first look.

        Raises:
            CommitConflict: The table has changed since it was planned on.
        """
        self.guard()
        # Who stands still between this look and the statement's own: see `is_shared`.
        if planned_on is not None and self.engine.state(to) != planned_on:
            raise CommitConflict("the table has changed since it was planned on", where=to)
        with performing(effect):
            yield

    def insert(self, name: str, rows: DataFrame) -> None:
        """Append rows that have the table's columns, in any order, in one commit."""
        table = self.tables[name]
        rows = rows.select(*table.columns)
        # Else every task writes a file of its own into every partition.
        if table.partitioned_by:
            rows = self.engine.gathered(rows, table.partitioned_by)
        self.engine.insert(name, rows)

    def insert_new(self, name: str, rows: DataFrame) -> None:
        """Append rows of which the plan has found none in the table, in one commit.

        A process that stood still since its plan adds nothing that its successor has added.
        """
        if self.is_shared:
            key = list(self.tables[name].key)
            rows = rows.join(self.frame(name).select(*key), on=key, how="left_anti")
        self.insert(name, rows)

    def insert_absent(self, name: str, rows: DataFrame, effect: Effect) -> None:
        """Append those rows whose key the table lacks; no commit where it lacks none.

        One that meets a conflict looks again at what the table lacks.

        Args:
            name: The table.
            rows: Its columns; keys distinct, without NULLs.
            effect: What this is called where the tests kill it.
        """
        again_on_conflict(lambda: self._insert_absent(name, rows, effect), self.guard)

    def _insert_absent(self, name: str, rows: DataFrame, effect: Effect) -> None:
        table = self.tables[name]
        state = self.engine.state(name)
        known = self.frame(name).select(*table.key)
        absent = rows.select(*table.columns).join(known, on=list(table.key), how="left_anti")
        kept = self.keep(name, absent)
        if kept.limit(1).count():
            with self.committing(effect, to=name, planned_on=state):
                self.insert_new(name, kept)

    def close(self) -> None:
        """Remove what `keep` wrote; kept frames cannot be read any more."""
        shutil.rmtree(self.scratch, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def in_months(column: str, months: Collection[str], *, undated: bool = False) -> str:
    """SQL condition that engines prune partitions by: the month is one of these (or NULL).

    Written as ranges: `IN` makes Iceberg for Java 1.11 fail with a NullPointerException in
    `CharSequenceSet.contains` as soon as the table has a partition of NULL.
    """
    either = [
        f"{column} = '{first}'"
        if first == last
        else f"({column} >= '{first}' AND {column} <= '{last}')"
        for first, last in runs(months)
    ]
    either += [f"{column} IS NULL"] if undated else []
    return f"({' OR '.join(either)})" if either else "false"


def runs(months: Collection[str]) -> list[tuple[str, str]]:
    """The months (`yyyy-MM`) as spans without a gap, each by its first and last."""
    spans: list[tuple[str, str]] = []
    for month in sorted(set(months)):
        if spans and _next_month(spans[-1][1]) == month:
            spans[-1] = (spans[-1][0], month)
        else:
            spans.append((month, month))
    return spans


def _next_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1:04}-01" if number == 12 else f"{year:04}-{number + 1:02}"  # noqa: PLR2004


def months_of(rows: DataFrame, day: str = "order_date") -> tuple[str, ...]:
    """The distinct months (`yyyy-MM`) of a date column, NULL apart, sorted."""
    months = rows.select(F.date_format(day, "yyyy-MM").alias("month")).filter("month IS NOT NULL")
    return tuple(sorted(row["month"] for row in months.distinct().collect()))


def _remove_leftovers(folder: Path) -> None:
    """Remove the scratch of runs that were killed; a run that is alive is younger than a day."""
    if not folder.is_dir():
        return
    too_old = time.time() - _LEFTOVER_SECONDS
    for leftover in os.scandir(folder):
        if leftover.stat().st_mtime < too_old:
            shutil.rmtree(leftover.path, ignore_errors=True)

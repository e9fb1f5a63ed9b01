"""KPI and mart tables in the lake: whole months are replaced, rows that stay keep their stamp."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.effects import Effect
from spark_jobs.lake.again import again_on_conflict
from spark_jobs.lake.catalog import in_months
from spark_jobs.lake.outbox import OpenDays, closed_meanwhile
from spark_jobs.lake.tables import MONTH

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from spark_jobs.lake.catalog import Lake

STAMP = ("batch_id", "version", "updated_at")
"""Which publication a row's values are from."""

_EFFECTS = {
    "order_kpi_table": Effect.PUBLISH_ORDER_KPIS,
    "category_kpi_table": Effect.PUBLISH_CATEGORY_KPIS,
}
_OLD = "old_"


def publish_frame(
    lake: Lake,
    table: str,
    rows: DataFrame,
    months: Collection[str] | None,
    *,
    batch_id: str,
    version: int,
    now: datetime,
    opened: OpenDays | None = None,
) -> str | None:
    """Make these months of a table be these rows; each month is replaced in one commit.

    Args:
        lake: The lake.
        table: A table of KPIs or a mart.
        rows: Its recomputed rows of exactly these months, without STAMP; `order_month` may be
            left out where there is an `order_date`.
        months: `yyyy-MM`; None: the table is replaced whole.
        batch_id: For STAMP, as are `version` and `now`; rows whose values are unchanged keep
            theirs, so that running again changes nothing.
        version: The publication number.
        now: When.
        opened: The days for which this is done. In a lake that is shared nothing is changed once
            somebody else has published and closed one of them; None: whatever the outbox says.

    Returns:
        The table's state (`engine.state`) afterwards.
    """
    if months is not None and not months:
        return lake.engine.state(table)
    if MONTH in lake.tables[table].columns:
        rows = with_month(rows)
    stamp = {
        "batch_id": F.lit(batch_id),
        "version": F.lit(version).cast("bigint"),
        "updated_at": F.lit(now).cast("timestamp"),
    }
    closed = closed_meanwhile(lake, opened) if opened and lake.is_shared else None
    again_on_conflict(lambda: _publish(lake, table, rows, months, stamp, closed), lake.guard)
    return lake.engine.state(table)


def _publish(
    lake: Lake,
    table: str,
    rows: DataFrame,
    months: Collection[str] | None,
    stamp: dict[str, Column],
    closed: DataFrame | None,
) -> None:
    """One attempt, from the first look at what is published to the last commit."""
    columns = lake.tables[table].columns
    state = lake.engine.state(table)
    effect = _EFFECTS.get(table, Effect.PUBLISH_MARTS)
    if not lake.frame(table, months).limit(1).count():
        # Nothing is replaced, so nothing need be compared or kept: the largest case.
        with lake.committing(effect, to=table, planned_on=state):
            lake.insert_new(table, _unless(closed, rows.withColumns(stamp).select(*columns)))
        return
    if STAMP[0] in columns:
        rows = _with_stamp(lake, table, rows, months, stamp)
    rows = lake.keep(table, rows.select(*columns))
    with lake.committing(effect, to=table, planned_on=state):
        _replace(lake, table, rows, months, closed)


def changes(lake: Lake, table: str, rows: DataFrame, months: Collection[str] | None) -> DataFrame:
    """The keys whose values publishing these rows will change, with both values.

    Call it before `publish_frame`; the answer is kept. `before_<column>` is NULL for a new key,
    `after_<column>` for one that vanishes.

    Args:
        lake: The lake.
        table: A table of KPIs.
        rows: As for `publish_frame`.
        months: As for `publish_frame`.
    """
    key, values = _key_and_values(lake, table)
    before = lake.frame(table, months).select(*key, *_prefixed(values, "before_"))
    after = rows.select(*key, *_prefixed(values, "after_"))
    before = before.withColumn("was_there", F.lit(True))
    after = after.withColumn("is_there", F.lit(True))
    met = before.join(after, on=list(key), how="full_outer")
    same = " AND ".join(
        [*(f"(before_{name} <=> after_{name})" for name in values), "(was_there <=> is_there)"]
    )
    return lake.keep(f"changes-{table}", met.filter(f"NOT ({same})").drop("was_there", "is_there"))


def with_month(rows: DataFrame) -> DataFrame:
    """The rows with the month of their `order_date`, unless they have one."""
    if MONTH in rows.columns:
        return rows
    return rows.withColumn(MONTH, F.date_format("order_date", "yyyy-MM"))


def _with_stamp(
    lake: Lake,
    table: str,
    rows: DataFrame,
    months: Collection[str] | None,
    stamp: dict[str, Column],
) -> DataFrame:
    """The rows with STAMP: the old one where the key has the same values already."""
    key, values = _key_and_values(lake, table)
    old = lake.frame(table, months).select(*_prefixed((*key, *values, *STAMP), _OLD))
    met = rows.join(old, on=[F.col(name) == F.col(f"{_OLD}{name}") for name in key], how="left")
    present = f"{_OLD}{key[0]} IS NOT NULL"
    same = F.expr(" AND ".join([present, *(f"({name} <=> {_OLD}{name})" for name in values)]))
    return met.select(
        *rows.columns,
        *(
            F.when(same, F.col(f"{_OLD}{name}")).otherwise(value).alias(name)
            for name, value in stamp.items()
        ),
    )


def _replace(
    lake: Lake,
    table: str,
    rows: DataFrame,
    months: Collection[str] | None,
    closed: DataFrame | None,
) -> None:
    """Replace the months that have rows, then empty those that have none any more."""
    if months is None:
        if rows.limit(1).count():
            lake.engine.overwrite_partitions(table, rows)
        else:
            lake.engine.delete(table, "true")
        return
    filled = {row[MONTH] for row in rows.select(MONTH).distinct().collect()}
    if filled:
        lake.engine.overwrite_partitions(table, _unless(closed, rows))
        lake.guard()
    emptied = set(months) - filled
    if emptied and lake.frame(table, emptied).limit(1).count():
        lake.engine.delete(table, in_months(MONTH, emptied), unless=closed)


def _unless(found: DataFrame | None, rows: DataFrame) -> DataFrame:
    """The rows; none of them where the other frame has a row when they are written."""
    return rows if found is None else rows.join(found.select(F.lit(1)), F.lit(True), "left_anti")


def _key_and_values(lake: Lake, table: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    spec = lake.tables[table]
    apart = {*spec.key, *STAMP, MONTH}
    return spec.key, tuple(name for name in spec.columns if name not in apart)


def _prefixed(names: Collection[str], prefix: str) -> list[Column]:
    return [F.col(name).alias(f"{prefix}{name}") for name in names]

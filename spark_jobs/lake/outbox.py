"""The outbox: which days are to be published, noted before anything is changed.

An attempt only adds. A transform publishes all open rows, other batches' too, and closes those
that it read before publishing; so nothing that a dead attempt changed stays unpublished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.effects import Effect
from spark_jobs.facts.errors import CommitConflict
from spark_jobs.lake.again import again_on_conflict
from spark_jobs.lake.catalog import months_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake

OUTBOX = "outbox"
DAY_ITSELF = ""
"""The category of the row that stands for the day's own KPIs."""

_KEY = ("batch_id", "order_date", "category")


@dataclass(frozen=True)
class OpenDays:
    """What was open when it was read.

    Args:
        rows: `batch_id`, `order_date`, `category`; kept.
        months: The months (`yyyy-MM`) of the days.
    """

    rows: DataFrame
    months: tuple[str, ...]

    @property
    def days(self) -> DataFrame:
        """The distinct `order_date`."""
        return self.rows.select("order_date").distinct()

    @property
    def categories(self) -> DataFrame:
        """The distinct `category`, `order_date` that were published and may have vanished."""
        named = self.rows.filter(F.col("category") != DAY_ITSELF)
        return named.select("category", "order_date").distinct()


def open_days(lake: Lake, batch_id: str, days: DataFrame, now: datetime) -> None:
    """Note the days, and every category that has KPIs on them now, as to be published.

    Args:
        lake: The lake.
        batch_id: Who touches them.
        days: `order_date`, distinct.
        now: When.
    """
    months = months_of(days)
    if not months:
        return
    published = lake.frame("category_kpi_table", months).select("order_date", "category")
    pairs = days.withColumn("category", F.lit(DAY_ITSELF)).unionByName(
        published.join(days, on="order_date", how="left_semi")
    )
    rows = pairs.withColumn("batch_id", F.lit(batch_id))
    rows = rows.withColumn("opened_at", F.lit(now).cast("timestamp"))
    lake.insert_absent(OUTBOX, rows, Effect.OPEN_OUTBOX)


def read_open_days(lake: Lake) -> OpenDays:
    """All that is open now, as it is now: rows added later are not in it."""
    rows = lake.keep("open", lake.frame(OUTBOX).select(*_KEY))
    return OpenDays(rows, months_of(rows))


def closed_meanwhile(lake: Lake, opened: OpenDays) -> DataFrame:
    """A row, where somebody else has published and closed one of the days; else none.

    A statement that looks here by itself does not undo what was published while its process
    stood still.
    """
    still = lake.frame(OUTBOX).select(*_KEY)
    return opened.rows.join(still, on=list(_KEY), how="left_anti").limit(1)


def close_days(
    lake: Lake, opened: OpenDays, published: Mapping[str, str | None] | None = None
) -> None:
    """Close the rows that were read before publishing, and only these.

    Args:
        lake: The lake.
        opened: The rows.
        published: What `engine.state` said of each table right after it was published.

    Raises:
        CommitConflict: Somebody else has published over it since; the days stay open.
    """
    if not opened.months:
        return
    for table, state in (published or {}).items():
        if lake.engine.state(table) != state:
            raise CommitConflict("somebody else has published meanwhile", where=table)
    on = " AND ".join(f"t.{name} = s.{name}" for name in _KEY)

    def close() -> None:
        with lake.committing(Effect.CLOSE_OUTBOX):
            lake.engine.merge(
                OUTBOX, opened.rows, on, update=(), delete_when="true", insert_when="false"
            )

    again_on_conflict(close, lake.guard)

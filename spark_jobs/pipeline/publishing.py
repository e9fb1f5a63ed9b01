"""From open days to published KPIs: recompute, reconcile, publish, close."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame

from spark_jobs.facts.words import Dataset
from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.lines import order_lines
from spark_jobs.kpis.orders import order_kpis
from spark_jobs.kpis.registry import STORED_MARTS
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.merge import repair
from spark_jobs.lake.outbox import OpenDays, close_days, read_open_days
from spark_jobs.lake.publication import publish_frame
from spark_jobs.lake.receipts import Receipt
from spark_jobs.lake.reconcile import reconcile
from spark_jobs.pipeline.changes import kpi_changes
from spark_jobs.pipeline.stages import Stages
from spark_jobs.publish.changes import KpiChanges
from spark_jobs.publish.publisher import Publication, Publisher

Receipts = Mapping[tuple[Dataset, str], Receipt]


@dataclass(frozen=True)
class Stamp:
    """Which attempt it is: every row of a KPI table that it changes carries it.

    Args:
        version: The fence.
    """

    batch_id: str
    version: int
    now: datetime


def publish_open_days(
    lake: Lake,
    receipts: Receipts,
    stamp: Stamp,
    stages: Stages,
    publishers: Sequence[Publisher] = (),
    announce: Callable[[KpiChanges], None] = lambda _: None,
) -> KpiChanges:
    """Recomputes and publishes all open months, those of dead attempts too.

    Args:
        announce: Is told the days and categories whose KPIs will change, before they do: who dies
            after that cannot find out any more.

    Returns:
        The same, of what has changed.

    Raises:
        FatalError: The recomputed KPIs contradict the lake; nothing was published.
    """
    opened = read_open_days(lake)
    if not opened.months:
        return KpiChanges()
    with stages.stage("repair"):
        repair(lake, opened.months)
    placed = lake.frame(Dataset.ORDERS, opened.months)
    with stages.stage("kpis"):
        items = lake.frame(Dataset.ORDER_ITEMS, opened.months)
        lines = lake.keep("lines", order_lines(placed, items, lake.frame(Dataset.PRODUCTS)))
        orders = lake.keep("order_kpis", order_kpis(placed, lines))
        categories = lake.keep("category_kpis", category_kpis(lines))
        changed = kpi_changes(lake, orders, categories, opened.months)
    with stages.stage("reconcile"):
        reconcile(lake, orders, categories, opened.months, receipts)
    lake.guard()  # whose time is over has nothing to announce
    announce(changed)
    with stages.stage("publish"):
        kpis = {"order_kpi_table": orders, "category_kpi_table": categories}
        published = {name: _publish_table(lake, name, kpis[name], opened, stamp) for name in kpis}
        for publisher in publishers:
            publisher.publish(_publication(lake, opened, stamp))
    with stages.stage("marts"):
        for name, mart in STORED_MARTS.items():
            published[name] = _publish_table(lake, name, mart(placed, lines), opened, stamp)
    close_days(lake, opened, published)
    return changed


def _publish_table(
    lake: Lake, name: str, rows: DataFrame, opened: OpenDays, stamp: Stamp
) -> str | None:
    return publish_frame(
        lake,
        name,
        rows,
        opened.months,
        batch_id=stamp.batch_id,
        version=stamp.version,
        now=stamp.now,
        opened=opened,
    )


def _publication(lake: Lake, opened: OpenDays, stamp: Stamp) -> Publication:
    # The lake's own rows: those whose values are unchanged keep their stamp, there as here.
    return Publication(
        lake.frame("order_kpi_table", opened.months),
        lake.frame("category_kpi_table", opened.months),
        opened.days,
        opened.categories,
        stamp.version,
    )

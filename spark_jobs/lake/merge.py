"""The planned rows go into the data tables; run again after a kill, each step finishes itself.

The order is products, orders, items, repair: items take their day from the merged orders.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.canonical import KEYS
from spark_jobs.facts.effects import Effect
from spark_jobs.facts.words import Dataset
from spark_jobs.lake.again import again_on_conflict
from spark_jobs.lake.catalog import in_months
from spark_jobs.lake.fates import TablePlan
from spark_jobs.lake.plan import Plan
from spark_jobs.lake.staged import DAY
from spark_jobs.lake.tables import DATA_TABLES, MONTH
from spark_jobs.lake.versions import newer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake

MERGE_EFFECTS = {
    Dataset.PRODUCTS: Effect.MERGE_PRODUCTS,
    Dataset.ORDERS: Effect.MERGE_ORDERS,
    Dataset.ORDER_ITEMS: Effect.MERGE_ORDER_ITEMS,
}
"""In the order of the steps."""
OLD_DAY = "old_day"


def merge_batch(lake: Lake, plan: Plan) -> None:
    """Write all planned rows; each table in one commit.

    Raises:
        CommitConflict: A table is not what the plan was made on: `plan_batch` again.
    """
    for dataset in MERGE_EFFECTS:
        if dataset in plan.tables:
            merge_table(lake, plan.tables[dataset])


def merge_table(lake: Lake, plan: TablePlan) -> None:
    """Write the planned rows of one table in one commit; none where nothing is left to write."""
    if not plan.writes:
        return
    rows = plan.to_write
    if plan.dataset is Dataset.ORDER_ITEMS:
        rows = with_day_of_order(lake, rows)
    rows = rows.select(*DATA_TABLES[plan.dataset].columns)
    if not plan.only_new:
        # Spark plans no MERGE whose source is a join with another table of the lake.
        rows = lake.keep(f"merge-{plan.dataset}", rows)
    effect = MERGE_EFFECTS[plan.dataset]
    with lake.committing(effect, to=plan.dataset, planned_on=plan.state):
        if plan.only_new:
            lake.insert_new(plan.dataset, rows)
        else:
            # By itself the statement asks again who wins: whoever stood still since the plan must
            # not bring back what its successor has replaced.
            wins = newer("s.", "t.") if lake.is_shared else None
            on = _meets_key(plan, _months_now(lake, plan, rows))
            lake.engine.merge(plan.dataset, rows, on, update_when=wins)


def _meets_key(plan: TablePlan, months: Collection[str | None]) -> str:
    """The condition under which a written row meets the stored row of its key."""
    key = KEYS[plan.dataset]
    on = f"t.{key} = s.{key}"
    if MONTH in DATA_TABLES[plan.dataset].partitioned_by:
        on += f" AND {_in_any(months)}"
    return on


def _months_now(lake: Lake, plan: TablePlan, rows: DataFrame) -> set[str | None]:
    """The months in which the keys of the rows may live when the statement runs.

    Where they live now, not where they go: else a row that moves to another month would not be
    met there, and be in the table twice. In a shared lake also where they go: a successor has
    perhaps taken them there.
    """
    live = {*plan.live_months, *([None] if plan.undated else [])}
    if lake.is_shared and MONTH in rows.columns:
        live |= {row[MONTH] for row in rows.select(MONTH).distinct().collect()}
    return live


def _in_any(months: Collection[str | None]) -> str:
    known = [month for month in months if month is not None]
    return in_months(f"t.{MONTH}", known, undated=None in months)


def with_day_of_order(lake: Lake, items: DataFrame) -> DataFrame:
    """The items with the day of their order in the lake, NULL where the order is not known."""
    orders = lake.frame(Dataset.ORDERS).select(F.col("order_id").alias("id"), *DAY)
    return items.join(orders, F.col("order_id") == F.col("id"), how="left").drop("id")


def repair(lake: Lake, months: Collection[str]) -> None:
    """Give items the day of their order wherever orders arrived or moved; one commit, or none.

    It goes by the state of the tables, not by the batch: an order that a killed attempt of any
    batch moved has both of its days in the outbox.

    Args:
        lake: The lake.
        months: The months of all open days of the outbox.
    """
    if months:
        again_on_conflict(lambda: _repair(lake, months), lake.guard)


def _repair(lake: Lake, months: Collection[str]) -> None:
    state = lake.engine.state(Dataset.ORDER_ITEMS)
    items = lake.frame(Dataset.ORDER_ITEMS, months, undated=True)
    orders = lake.frame(Dataset.ORDERS, months).select(
        F.col("order_id").alias("id"), *(F.col(name).alias(f"new_{name}") for name in DAY)
    )
    met = items.join(orders, F.col("order_id") == F.col("id"), how="inner")
    astray = met.filter(" OR ".join(f"NOT ({name} <=> new_{name})" for name in DAY))
    key = KEYS[Dataset.ORDER_ITEMS]
    moves = lake.keep(
        "moves",
        astray.select(
            key,
            F.col("order_date").alias(OLD_DAY),
            F.col(MONTH).alias("old_month"),
            *(f"new_{name}" for name in DAY),
        ),
    )
    found = {row["old_month"] for row in moves.select("old_month").distinct().collect()}
    if not found:
        return
    rows = moves.select(key, OLD_DAY, *(F.col(f"new_{name}").alias(name) for name in DAY))
    with lake.committing(Effect.REPAIR_ITEM_DAYS, to=Dataset.ORDER_ITEMS, planned_on=state):
        lake.engine.merge(
            Dataset.ORDER_ITEMS,
            rows,
            f"t.{key} = s.{key} AND {_in_any(found)}",
            update=DAY,
            # Not what another has moved on meanwhile.
            update_when=f"t.order_date <=> s.{OLD_DAY}" if lake.is_shared else None,
            insert_when="false",
        )

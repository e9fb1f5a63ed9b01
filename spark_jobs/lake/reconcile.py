"""Before publishing: do the new KPIs say what the lake says? Asked by queries planned differently.

The KPIs join items to their orders and multiply; here the stored day and the stored total of the
items are summed, less what anti joins leave out. No engine is trusted blindly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.canonical import KEYS
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.words import Dataset, Status
from spark_jobs.lake.receipts import Receipt
from spark_jobs.lake.staged import DAY

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from spark_jobs.lake.catalog import Lake

SHOWN = 20
"""Differences named by each check; one is enough to stop."""

_ORDER_TOTALS = (
    "total_orders",
    "cancelled_orders",
    "total_revenue",
    "net_revenue",
    "total_items_sold",
)
_CATEGORY_TOTALS = ("total_revenue", "net_revenue")
_CATEGORY = {"order_kpi_table": "''", "category_kpi_table": "category"}


@dataclass(frozen=True)
class Difference:
    """Two counts of the same thing that differ.

    Args:
        table: The table that is wrong.
        day: The day, None where it is about the whole table.
        what: What was counted.
        told: What the table says.
        expected: What the other query says.
    """

    table: str
    day: date | None
    what: str
    told: object
    expected: object

    def __str__(self) -> str:
        """As `table, day, what: told …, expected …`."""
        place = f"{self.table}, {self.day}" if self.day else self.table
        return f"{place}, {self.what}: {self.told}, expected {self.expected}"


def reconcile(
    lake: Lake,
    order_kpis: DataFrame,
    category_kpis: DataFrame,
    months: Collection[str],
    receipts: Mapping[tuple[Dataset, str], Receipt] | None = None,
) -> None:
    """Nothing where all checks hold.

    Args:
        lake: The lake, merged and repaired.
        order_kpis: The rows about to be published in `order_kpi_table`.
        category_kpis: Those of `category_kpi_table`.
        months: The recomputed months; the rows are of exactly these.
        receipts: Of the batch that was just merged.

    Raises:
        FatalError: Naming table, day and both values.
    """
    found = differences(lake, order_kpis, category_kpis, months, receipts)
    if found:
        raise FatalError(
            "the numbers contradict each other: " + "; ".join(map(str, found)),
            where=str(lake.engine.warehouse),
            cure="nothing was published; keep the lake as it is and report this",
        )


def differences(
    lake: Lake,
    order_kpis: DataFrame,
    category_kpis: DataFrame,
    months: Collection[str],
    receipts: Mapping[tuple[Dataset, str], Receipt] | None = None,
) -> list[Difference]:
    """All differences that `reconcile` complains about, SHOWN of each kind at the most."""
    found = [difference for dataset in Dataset for difference in repeated_keys(lake, dataset)]
    found += missing_records(lake, receipts or {})
    if not months:
        return found
    found += repeated_kpis(
        lake, {"order_kpi_table": order_kpis, "category_kpi_table": category_kpis}, months
    )
    found += days_astray(lake, months)
    found += _compare("order_kpi_table", order_kpis, lake_totals(lake, months), _ORDER_TOTALS)
    categories = category_kpis.groupBy("order_date").agg(
        F.sum("daily_revenue").alias("total_revenue"), F.sum("net_revenue").alias("net_revenue")
    )
    found += _compare("category_kpi_table", categories, order_kpis, _CATEGORY_TOTALS)
    return found


def repeated_keys(lake: Lake, dataset: Dataset) -> list[Difference]:
    """A difference where the whole table has more rows than keys.

    The whole, for a row that was duplicated on its way to another month has one copy in each.
    """
    keys = lake.frame(dataset).select(KEYS[dataset])
    repeated = keys.groupBy(F.xxhash64(*keys.columns).alias("hash")).agg(F.count("*").alias("n"))
    if not repeated.filter("n > 1").limit(1).count():
        return []
    # Two keys may share a hash: only now is the exact and slower question worth asking.
    rows, distinct = keys.count(), keys.distinct().count()
    return [] if rows == distinct else [Difference(dataset, None, "rows", rows, distinct)]


def repeated_kpis(
    lake: Lake, recomputed: Mapping[str, DataFrame], months: Collection[str]
) -> list[Difference]:
    """The days and categories that stand twice among these rows, or in what was published before.

    What was published lends its stamps to the new rows: one that stands twice would stay twice.
    """
    keys = [
        # As new text: Sail unites no two columns whose metadata differ.
        rows.selectExpr(
            f"'{table}' AS kpis",
            f"'{what}' AS what",
            "date_format(order_date, 'yyyy-MM-dd') AS day",
            f"{_CATEGORY[table]} || '' AS category",
        )
        for table, new in recomputed.items()
        for what, rows in (("published rows", lake.frame(table, months)), ("new rows", new))
    ]
    together = reduce(lambda some, more: some.unionByName(more), keys)
    counted = together.groupBy(*together.columns).agg(F.count("*").alias("n")).filter("n > 1")
    return [
        Difference(table, date.fromisoformat(day), f"{what} {category}".strip(), n, 1)
        for table, what, day, category, n in counted.limit(SHOWN).collect()
    ]


def missing_records(
    lake: Lake, receipts: Mapping[tuple[Dataset, str], Receipt]
) -> list[Difference]:
    """The files of which the tables have fewer records than their receipts say.

    More may be there: an attempt under another contract can have stored what is rejected now.
    """
    found = []
    for dataset in Dataset:
        told = {sha: receipt for (of, sha), receipt in receipts.items() if of is dataset}
        if not told:
            continue
        rows = lake.frame(dataset).filter(F.col("file_sha256").isin(*told))
        counted = rows.groupBy("file_sha256").agg(F.count("*").alias("rows")).collect()
        stored = {row["file_sha256"]: int(row["rows"]) for row in counted}
        found += [
            Difference(dataset, None, f"records of file {sha}", stored.get(sha, 0), expected)
            for sha, receipt in told.items()
            if stored.get(sha, 0) < (expected := receipt.stored + receipt.identical)
        ]
    return found


def days_astray(lake: Lake, months: Collection[str]) -> list[Difference]:
    """The items of these months, or without one, whose stored day is not their order's."""
    items = lake.frame(Dataset.ORDER_ITEMS, months, undated=True).select("order_id", *DAY)
    orders = lake.frame(Dataset.ORDERS).select(
        F.col("order_id").alias("id"), *(F.col(name).alias(f"true_{name}") for name in DAY)
    )
    met = items.join(orders, F.col("order_id") == F.col("id"), how="left")
    astray = met.filter(" OR ".join(f"NOT ({name} <=> true_{name})" for name in DAY))
    counted = astray.groupBy("order_date", "true_order_date").agg(F.count("*").alias("items"))
    return [
        Difference(
            Dataset.ORDER_ITEMS,
            row["order_date"],
            f"day of the order of {row['items']} items",
            row["order_date"],
            row["true_order_date"],
        )
        for row in counted.limit(SHOWN).collect()
    ]


def lake_totals(lake: Lake, months: Collection[str]) -> DataFrame:
    """The order KPIs that are sums, by `order_date`, straight from the tables."""
    orders = lake.frame(Dataset.ORDERS, months).select("order_id", "order_date", "status")
    items = lake.frame(Dataset.ORDER_ITEMS, months)
    cancelled = orders.filter(F.col("status") == str(Status.CANCELLED)).select("order_id")
    returned = orders.filter(F.col("status") == str(Status.RETURNED))
    returned = returned.select(F.col("order_id").alias("returned_order"))
    counted = (
        items.filter(f"status IS NULL OR status <> '{Status.CANCELLED}'")
        .join(cancelled, on="order_id", how="left_anti")
        .join(returned, F.col("order_id") == F.col("returned_order"), how="left")
    )
    came_back = f"status = '{Status.RETURNED}' OR (status IS NULL AND returned_order IS NOT NULL)"
    revenue = counted.groupBy("order_date").agg(
        F.sum("total_price").alias("total_revenue"),
        # Typed as the other branch: Sail announces the type of a bare 0.00 and delivers another.
        F.expr(
            f"sum(CASE WHEN {came_back} THEN CAST(0 AS decimal(38,2)) ELSE total_price END)"
        ).alias("net_revenue"),
        F.sum("quantity").alias("total_items_sold"),
    )
    placed = orders.groupBy("order_date").agg(
        F.count("*").alias("total_orders"),
        F.expr(f"sum(CASE WHEN status = '{Status.CANCELLED}' THEN 1 ELSE 0 END)").alias(
            "cancelled_orders"
        ),
    )
    return placed.join(revenue, on="order_date", how="full_outer")


def _compare(
    table: str, told: DataFrame, expected: DataFrame, columns: Collection[str]
) -> list[Difference]:
    """The days on which two frames differ; a day that one of them lacks counts as zeros."""
    left = told.select("order_date", *_exact(columns, "told_"))
    right = expected.select("order_date", *_exact(columns, "expected_"))
    met = left.join(right, on="order_date", how="full_outer")
    names = [(f"told_{name}", f"expected_{name}") for name in columns]
    differ = " OR ".join(f"coalesce({ours}, 0) <> coalesce({theirs}, 0)" for ours, theirs in names)
    return [
        Difference(table, row["order_date"], name, row[f"told_{name}"], row[f"expected_{name}"])
        for row in met.filter(differ).orderBy("order_date").limit(SHOWN).collect()
        for name in columns
        if (row[f"told_{name}"] or 0) != (row[f"expected_{name}"] or 0)
    ]


def _exact(columns: Collection[str], prefix: str) -> list[Column]:
    return [F.col(name).cast("decimal(38,2)").alias(f"{prefix}{name}") for name in columns]

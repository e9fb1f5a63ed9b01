"""Which days and categories a batch changes, with their KPIs before and after."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.publication import changes
from spark_jobs.lake.tables import KPI_TABLES
from spark_jobs.publish.changes import CategoryChange, DayChange, KpiChanges

_BEFORE, _AFTER = "before_", "after_"


def kpi_changes(
    lake: Lake, orders: DataFrame, categories: DataFrame, months: Collection[str]
) -> KpiChanges:
    """The days and categories whose KPIs will change with this publication, in order.

    A day where only the split by category changes is among them, with equal values.

    Args:
        orders: The recomputed order KPIs of these months.
        categories: The recomputed category KPIs of these months.
    """
    found = changes(lake, "order_kpi_table", orders, months).collect()
    result = {row["order_date"]: _change(row) for row in found}
    split = changes(lake, "category_kpi_table", categories, months)
    moved = split.select("order_date").distinct()
    for row in moved.join(orders, on="order_date", how="inner").collect():
        day: date = row["order_date"]
        values = {name: row[name] for name in _names()}
        result.setdefault(day, DayChange(day, values, values))
    return KpiChanges(tuple(result[day] for day in sorted(result)), _by_category(split))


def _by_category(split: DataFrame) -> tuple[CategoryChange, ...]:
    """Summed by the engine: days times categories are too many rows to fetch."""
    found = split.groupBy("category").agg(
        F.count("*").alias("days"),
        F.sum(f"{_BEFORE}daily_revenue").alias("revenue_before"),
        F.sum(f"{_AFTER}daily_revenue").alias("revenue_after"),
    )
    return tuple(
        CategoryChange(
            row["category"],
            row["days"],
            row["revenue_before"] or Decimal("0.00"),
            row["revenue_after"] or Decimal("0.00"),
        )
        for row in sorted(found.collect(), key=lambda row: str(row["category"]))
    )


def _change(row: Row) -> DayChange:
    return DayChange(row["order_date"], _side(row, _BEFORE), _side(row, _AFTER))


def _side(row: Row, prefix: str) -> dict[str, Any] | None:
    values = {name: row[prefix + name] for name in _names()}
    return None if all(value is None for value in values.values()) else values


def _names() -> list[str]:
    apart = {"order_date", "order_month", "batch_id", "version", "updated_at"}
    return [name for name in KPI_TABLES["order_kpi_table"].columns if name not in apart]

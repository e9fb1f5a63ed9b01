"""Which days a batch changes, with their KPIs before and after."""

from collections.abc import Collection
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Row

from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.publication import changes
from spark_jobs.lake.tables import KPI_TABLES
from spark_jobs.pipeline.report import DayChange

_BEFORE, _AFTER = "before_", "after_"


def day_changes(
    lake: Lake, orders: DataFrame, categories: DataFrame, months: Collection[str]
) -> list[DayChange]:
    """The days whose order KPIs will change with this publication, in order.

    A day where only the split by category changes is among them, with equal values.

    Args:
        orders: The recomputed order KPIs of these months.
        categories: The recomputed category KPIs of these months.
    """
    found = changes(lake, "order_kpi_table", orders, months).collect()
    result = {row["order_date"]: _change(row) for row in found}
    moved = changes(lake, "category_kpi_table", categories, months).select("order_date").distinct()
    for row in moved.join(orders, on="order_date", how="inner").collect():
        day: date = row["order_date"]
        values = {name: row[name] for name in _names()}
        result.setdefault(day, DayChange(day, values, values))
    return [result[day] for day in sorted(result)]


def _change(row: Row) -> DayChange:
    return DayChange(row["order_date"], _side(row, _BEFORE), _side(row, _AFTER))


def _side(row: Row, prefix: str) -> dict[str, Any] | None:
    values = {name: row[prefix + name] for name in _names()}
    return None if all(value is None for value in values.values()) else values


def _names() -> list[str]:
    apart = {"order_date", "order_month", "batch_id", "version", "updated_at"}
    return [name for name in KPI_TABLES["order_kpi_table"].columns if name not in apart]

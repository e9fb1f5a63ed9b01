"""Reconciliation finds days and categories that stand twice in a table of KPIs."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import DataFrame

from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.reconcile import repeated_kpis
from tests.lake.stage import NOW

MARCH, MAY = date(2025, 3, 8), date(2025, 5, 1)
ORDER, CATEGORY = "order_kpi_table", "category_kpi_table"


def kpis(lake: Lake, table: str, *days: date) -> DataFrame:
    """A row of the table for each of these days, of a category where it has one."""
    known = {"batch_id": "b1", "version": 1, "updated_at": NOW, "category": "Toys"}
    rows = [known | {"order_date": day, "order_month": f"{day:%Y-%m}"} for day in days]
    columns = lake.tables[table].columns
    values = [tuple(row.get(name) for name in columns) for row in rows]
    return lake.engine.spark.createDataFrame(values, lake.tables[table].ddl)


@pytest.mark.parametrize("table", [ORDER, CATEGORY])
def test_a_day_that_stands_twice_is_named_in_the_months_that_are_recomputed(
    lake: Lake, table: str
) -> None:
    lake.insert(table, kpis(lake, table, MARCH, MAY, MAY))
    new = {name: kpis(lake, name, MARCH) for name in (ORDER, CATEGORY)}
    assert repeated_kpis(lake, new, ["2025-03"]) == []

    (published,) = repeated_kpis(lake, new, ["2025-03", "2025-05"])
    assert (published.table, published.day, published.told, published.expected) == (
        table,
        MAY,
        2,
        1,
    )
    assert published.what.startswith("published rows")

    (double,) = repeated_kpis(lake, new | {table: kpis(lake, table, MARCH, MARCH)}, ["2025-03"])
    assert (double.table, double.day, double.told) == (table, MARCH, 2)
    assert double.what.startswith("new rows")

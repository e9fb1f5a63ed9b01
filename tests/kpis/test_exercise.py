"""The real data against the tables that were computed from it without any engine."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.lines import order_lines
from spark_jobs.kpis.orders import order_kpis
from spark_jobs.session import Engine
from tests.support.exercise import EXERCISE, exercise_or_skip

pytestmark = pytest.mark.exercise


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of each dataset as one Parquet file of strings."""
    exercise, folder = exercise_or_skip(), tmp_path_factory.mktemp("exercise")
    for dataset in ("orders", "order_items", "products"):
        parts = [_as_text(path) for path in sorted((exercise / dataset).glob("*.csv"))]
        pq.write_table(pa.concat_tables(parts), folder / f"{dataset}.parquet")
    return folder


def _as_text(path: Path) -> pa.Table:
    with path.open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    options = pc.ConvertOptions(
        column_types={name: pa.string() for name in header}, strings_can_be_null=True
    )
    return pc.read_csv(path, convert_options=options)


@pytest.fixture
def frames(engine: Engine, parquet: Path) -> tuple[DataFrame, DataFrame]:
    def read(dataset: str) -> DataFrame:
        return engine.spark.read.parquet(str(parquet / f"{dataset}.parquet"))

    ordered_at = F.col("created_at").cast("timestamp")
    orders = read("orders").select(
        "order_id",
        F.col("user_id").alias("customer_id"),
        F.lower("status").alias("status"),
        F.lit(None).cast("string").alias("region"),
        F.to_date(ordered_at).alias("order_date"),
    )
    items = read("order_items").select(
        "order_id",
        "product_id",
        F.lower("status").alias("status"),
        F.lit(1).cast("bigint").alias("quantity"),
        F.col("sale_price").cast("decimal(38,2)").alias("total_price"),
    )
    products = read("products").select(F.col("id").alias("product_id"), "category")
    return orders, order_lines(orders, items, products)


def rows_of(name: str) -> Iterator[dict[str, str]]:
    with (EXERCISE / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def test_the_order_kpis_are_the_expected_ones(frames: tuple[DataFrame, DataFrame]) -> None:
    orders, lines = frames
    found = {
        str(row.order_date): (
            row.total_orders, row.total_revenue, row.total_items_sold, row.return_rate,
            row.unique_customers,
        )
        for row in order_kpis(orders, lines).collect()
    }  # fmt: skip

    assert found == {
        row["order_date"]: (
            int(row["total_orders"]), Decimal(row["total_revenue"]), int(row["total_items_sold"]),
            Decimal(row["return_rate_orders"]), int(row["unique_customers"]),
        )
        for row in rows_of("expected_order_kpis.csv")
    }  # fmt: skip


def test_the_category_kpis_are_the_expected_ones(frames: tuple[DataFrame, DataFrame]) -> None:
    found = {
        (row.category, str(row.order_date)): (
            row.daily_revenue, row.avg_order_value, row.avg_return_rate,
        )
        for row in category_kpis(frames[1]).collect()
    }  # fmt: skip

    assert found == {
        (row["category"], row["order_date"]): (
            Decimal(row["daily_revenue"]), Decimal(row["avg_order_value"]),
            Decimal(row["avg_return_rate_orders"]),
        )
        for row in rows_of("expected_category_kpis.csv")
    }  # fmt: skip


def test_gross_and_net_of_all_days(frames: tuple[DataFrame, DataFrame]) -> None:
    sums = order_kpis(*frames).agg(F.sum("total_revenue"), F.sum("net_revenue")).collect()[0]

    assert tuple(sums) == (Decimal("2153497.97"), Decimal("1795742.59"))

"""Batches into a lake of the Glue catalog: each step of a transform, and both engines in turn."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from pyspark.sql import DataFrame

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.facts.words import Dataset
from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.lines import order_lines
from spark_jobs.kpis.registry import MART_TABLES, STORED_MARTS
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.history import record_arrivals, record_quarantine
from spark_jobs.lake.merge import merge_batch
from spark_jobs.lake.outbox import open_days
from spark_jobs.lake.plan import plan_batch
from spark_jobs.lake.publication import publish_frame
from spark_jobs.lake.settings_file import SettingsFile
from spark_jobs.pipeline.publishing import Stamp, publish_open_days
from spark_jobs.pipeline.stages import Stages
from spark_jobs.session import Engine, GlueWarehouse
from tests.lake.stage import (
    NOW,
    a_batch,
    a_product,
    an_item,
    an_order,
    days_of,
    table,
    take_in,
    utc,
)

LATER = utc("2025-05-01")


def keys_and_months(lake: Lake, dataset: Dataset) -> dict[str, str | None]:
    key = lake.tables[dataset].key[0]
    return {row[key]: row["order_month"] for row in table(lake, dataset)}


def test_a_batch_goes_through_all_steps_and_again_changes_nothing(lake: Lake) -> None:
    rows = {
        "orders": [an_order("O1"), an_order("O2", at="2025-04-01T09:00")],
        "order_items": [an_item("I1"), an_item("I2", "O2"), an_item("I3", "O3")],
        "products": [a_product()],
    }
    _, opened = take_in(lake, "b1", **rows)
    assert [str(day) for day in days_of(opened.days)] == ["2025-03-08", "2025-04-01"]
    assert keys_and_months(lake, Dataset.ORDER_ITEMS) == {
        "I1": "2025-03",
        "I2": "2025-04",
        "I3": None,
    }
    assert table(lake, "outbox") == []

    before = {dataset: lake.engine.state(dataset) for dataset in Dataset}
    take_in(lake, "b1", **rows)
    assert before == {dataset: lake.engine.state(dataset) for dataset in Dataset}


def test_an_order_that_moves_takes_its_items_along(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order()], order_items=[an_item()])
    moved = an_order(at="2025-05-02T10:00", received_at=LATER, file_sha256="f2")
    take_in(lake, "b2", orders=[moved])
    assert keys_and_months(lake, Dataset.ORDERS) == {"O1": "2025-05"}
    assert keys_and_months(lake, Dataset.ORDER_ITEMS) == {"I1": "2025-05"}


def test_a_month_is_published_replaced_and_emptied(sail_lake: Lake) -> None:
    lake = sail_lake
    take_in(lake, "b1", orders=[an_order()], order_items=[an_item()], products=[a_product()])

    def publish(version: int) -> list[tuple[str, Decimal, int]]:
        lines = order_lines(
            lake.frame(Dataset.ORDERS), lake.frame(Dataset.ORDER_ITEMS), lake.frame("products")
        )
        kpis = category_kpis(lake.keep("lines", lines))
        publish_frame(
            lake, "category_kpi_table", kpis, ["2025-03"], batch_id="b", version=version, now=NOW
        )
        found = table(lake, "category_kpi_table")
        return [(row["category"], row["daily_revenue"], row["version"]) for row in found]

    assert publish(1) == [("Toys", Decimal("10.00"), 1)]
    assert publish(2) == [("Toys", Decimal("10.00"), 1)]
    gone = an_order(status="cancelled", received_at=LATER, file_sha256="f2", final_cancelled=True)
    take_in(lake, "b2", orders=[gone])
    assert publish(3) == []


def test_a_batch_is_reconciled_published_and_remembered(
    glue_sail: Engine, warehouse: GlueWarehouse, tmp_path: Path
) -> None:
    engine = glue_sail.for_warehouse(warehouse)
    with Lake.open(engine, "UTC", MART_TABLES, scratch=tmp_path / "scratch") as lake:
        rows = {
            "orders": [an_order(), an_order("O2", at="2025-04-01T09:00", file_sha256="f1")],
            "order_items": [an_item(), an_item("I2", "O2", price="5.00")],
            "products": [a_product()],
        }
        for version in (1, 2):
            batch = a_batch(engine, "b1", **rows)
            plan = plan_batch(lake, batch)
            open_days(lake, "b1", plan.days, NOW)
            merge_batch(lake, plan)
            publish_open_days(lake, plan.receipts, Stamp("b1", version, NOW), Stages())
            record_quarantine(lake, a_quarantined_row(lake))
            record_arrivals(lake, "b1", batch.frames, NOW)

        found = table(lake, "order_kpi_table")
        assert [(str(row["order_date"]), str(row["total_revenue"])) for row in found] == [
            ("2025-03-08", "10.00"),
            ("2025-04-01", "5.00"),
        ]
        assert {row["version"] for row in found} == {1}
        assert all(lake.frame(name).count() for name in STORED_MARTS)
        assert len(table(lake, "quarantine")) == 1
        assert table(lake, "outbox") == []


def a_quarantined_row(lake: Lake) -> DataFrame:
    row = ("b1", "orders", "thelook", "o.csv", "f9", 7, 8, None, "raw", ["bad_date: x"], NOW)
    return lake.engine.spark.createDataFrame([row], lake.tables["quarantine"].ddl)


def test_the_settings_are_written_once_beside_the_tables(
    glue_engine: Engine, tmp_path: Path
) -> None:
    def open_lake(zone: str | None) -> str:
        with Lake.open(glue_engine, zone, scratch=tmp_path / "scratch") as lake:
            return lake.time_zone

    assert open_lake("Europe/Berlin") == "Europe/Berlin"
    assert open_lake(None) == "Europe/Berlin"
    answer = boto3.client("s3").get_object(Bucket="orders-lake", Key="warehouse/lake.json")
    assert json.loads(answer["Body"].read()) == {
        "format_version": 1,
        "location": "s3://orders-lake/warehouse",
        "time_zone": "Europe/Berlin",
    }
    with pytest.raises(ConfigurationError, match="set time_zone to Europe/Berlin"):
        open_lake("UTC")


def test_of_two_who_write_the_settings_the_first_wins(warehouse: GlueWarehouse) -> None:
    first, second = (SettingsFile(warehouse, "lake.json") for _ in range(2))
    assert first.read() is None
    assert first.write_if_absent("first") == b"first"
    assert second.write_if_absent("second") == b"first"


def test_a_lake_without_a_database_says_what_to_do(glue_engine: Engine, tmp_path: Path) -> None:
    elsewhere = glue_engine.for_warehouse(GlueWarehouse("nowhere", "s3://orders-lake/warehouse"))
    with pytest.raises(ConfigurationError, match="nowhere: there is no such Glue database"):
        Lake.open(elsewhere, scratch=tmp_path)


def test_a_lake_in_glue_needs_a_folder_for_kept_frames(glue_engine: Engine) -> None:
    with pytest.raises(ConfigurationError, match="folder"):
        Lake.open(glue_engine)


def test_both_engines_work_on_the_same_lake_in_turn(
    glue_sail: Engine, spark_engine: Engine, warehouse: GlueWarehouse, tmp_path: Path
) -> None:
    for number, running in enumerate([glue_sail, spark_engine, glue_sail]):
        with Lake.open(running.for_warehouse(warehouse), scratch=tmp_path) as lake:
            later: dict[str, Any] = {
                "received_at": utc(f"2025-05-0{number + 1}"),
                "file_sha256": f"f{number}",
            }
            moved = an_order(at=f"2025-0{number + 3}-08T10:00", **later)
            new = an_order(f"N{number}", **later)
            item = an_item(f"I{number}", f"N{number}", **later)
            take_in(lake, f"b{number}", orders=[moved, new], order_items=[item])

    assert keys_and_months(lake, Dataset.ORDERS) == {
        "O1": "2025-05",
        "N0": "2025-03",
        "N1": "2025-03",
        "N2": "2025-03",
    }
    assert keys_and_months(lake, Dataset.ORDER_ITEMS) == dict.fromkeys(
        ["I0", "I1", "I2"], "2025-03"
    )

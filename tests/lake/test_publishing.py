"""Outbox, publication, reconciliation and history: what happens around the merges."""

import json
import shutil
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame

from spark_jobs.facts.errors import ConfigurationError, FatalError
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.history import BatchHistory, FileHistory, write_history
from spark_jobs.lake.outbox import close_days, open_days, read_open_days
from spark_jobs.lake.publication import STAMP, changes, publish_frame
from spark_jobs.lake.receipts import Receipt
from spark_jobs.lake.reconcile import differences, reconcile
from spark_jobs.lake.tables import STATE_TABLES
from spark_jobs.session import Engine
from tests.lake.stage import (
    NOW,
    ORDERS,
    a_batch,
    a_product,
    an_item,
    an_order,
    table,
    take_in,
    utc,
)

MARCH_8, MAY_1 = date(2025, 3, 8), date(2025, 5, 1)
Kpi = tuple[str, date, str]


def category_rows(lake: Lake, *rows: Kpi) -> DataFrame:
    """Rows of category_kpi_table as (category, day, revenue)."""
    values = [(c, day, *[Decimal(money)] * 3, Decimal("0.0000")) for c, day, money in rows]
    spec = lake.tables["category_kpi_table"].columns
    names = [name for name in spec if name not in (*STAMP, "order_month")]
    ddl = ", ".join(f"{name} {spec[name]}" for name in names)
    return lake.engine.spark.createDataFrame(values, ddl)


def publish(lake: Lake, *rows: Kpi, batch_id: str = "b1", version: int = 1) -> None:
    publish_frame(
        lake,
        "category_kpi_table",
        category_rows(lake, *rows),
        ("2025-03", "2025-05"),
        batch_id=batch_id,
        version=version,
        now=NOW,
    )


def published(lake: Lake) -> list[tuple[str, date, str, str, int]]:
    return [
        (r["category"], r["order_date"], str(r["daily_revenue"]), r["batch_id"], r["version"])
        for r in table(lake, "category_kpi_table")
    ]


def test_only_rows_whose_values_change_are_stamped_anew(lake: Lake) -> None:
    publish(lake, ("Toys", MARCH_8, "1.00"), ("Games", MARCH_8, "2.00"), ("Toys", MAY_1, "3.00"))
    rows: list[Kpi] = [("Toys", MARCH_8, "1.00"), ("Games", MARCH_8, "2.50")]
    told = changes(lake, "category_kpi_table", category_rows(lake, *rows), ("2025-03", "2025-05"))

    publish(lake, *rows, batch_id="b2", version=2)

    assert published(lake) == [
        ("Games", MARCH_8, "2.50", "b2", 2),
        ("Toys", MARCH_8, "1.00", "b1", 1),
    ]
    assert [
        (r["category"], r["order_date"], r["before_daily_revenue"], r["after_daily_revenue"])
        for r in told.orderBy("category").collect()
    ] == [
        ("Games", MARCH_8, Decimal("2.00"), Decimal("2.50")),
        ("Toys", MAY_1, Decimal("3.00"), None),
    ]


def test_the_outbox_notes_each_category_that_was_published_and_closes_what_was_read(
    lake: Lake,
) -> None:
    publish(lake, ("Toys", MARCH_8, "1.00"), ("Games", MAY_1, "2.00"))
    days = lake.engine.spark.createDataFrame([(MARCH_8,)], "order_date date")
    open_days(lake, "b1", days, NOW)
    open_days(lake, "b1", days, NOW)
    opened = read_open_days(lake)
    open_days(lake, "b2", days, NOW)

    assert [tuple(row) for row in opened.categories.collect()] == [("Toys", MARCH_8)]
    assert opened.months == ("2025-03",)
    close_days(lake, opened)

    left = [(row["batch_id"], row["category"]) for row in table(lake, "outbox")]
    assert left == [("b2", ""), ("b2", "Toys")]


def order_rows(lake: Lake, orders: int = 2, cancelled: int = 1, gross: str = "10.00") -> DataFrame:
    return lake.engine.spark.sql(
        f"""SELECT date'2025-03-08' AS order_date, CAST({orders} AS bigint) AS total_orders,
        CAST({cancelled} AS bigint) AS cancelled_orders,
        CAST({gross} AS decimal(38,2)) AS total_revenue, CAST(4 AS decimal(38,2)) AS net_revenue,
        CAST(2 AS bigint) AS total_items_sold"""
    )


def test_reconciliation_names_table_day_and_both_values(lake: Lake) -> None:
    take_in(
        lake,
        "b1",
        orders=[an_order(status="returned"), an_order("O2", status="cancelled", record=2)],
        order_items=[
            an_item(price="6.00"),
            an_item("I2", price="4.00", status="delivered", record=2),
            an_item("I3", "O2", price="90.00", record=3),
            an_item("I4", price="50.00", status="cancelled", record=4),
        ],
        products=[a_product()],
    )
    toys = category_rows(lake, ("Toys", MARCH_8, "10.00")).selectExpr(
        "category", "order_date", "daily_revenue", "CAST(4 AS decimal(38,2)) AS net_revenue"
    )
    right, months = order_rows(lake), ("2025-03",)
    reconcile(lake, right, toys, months, {(ORDERS, "f1"): Receipt(2, 2)})

    with pytest.raises(FatalError, match=r"order_kpi_table, 2025-03-08, total_orders: 3.*expec"):
        reconcile(lake, order_rows(lake, orders=3), toys, months)
    with pytest.raises(FatalError, match=r"orders, records of file f1: 2, expected 3"):
        reconcile(lake, right, toys, months, {(ORDERS, "f1"): Receipt(3, 3)})
    lacking = differences(lake, right, toys.filter("false"), months)
    assert [(d.table, d.day, d.what) for d in lacking] == [
        ("category_kpi_table", MARCH_8, "total_revenue"),
        ("category_kpi_table", MARCH_8, "net_revenue"),
    ]


def test_reconciliation_sees_rows_that_are_there_twice_and_days_astray(lake: Lake) -> None:
    take_in(lake, "b1", orders=[an_order()], order_items=[an_item(price="4.00")])
    lake.insert("orders", lake.keep("again", lake.frame("orders")))
    lake.engine.spark.sql(
        f"UPDATE {lake.engine.table('order_items')} SET order_date = date'2025-03-07'"
    )

    none = category_rows(lake)
    found = {
        str(d).split(",")[0] + ": " + d.what
        for d in differences(lake, order_rows(lake), none, ("2025-03",))
    }

    assert "orders: rows" in found
    assert any(what.startswith("order_items: day of the order of") for what in found)


def a_file(sha: str, received: str) -> FileHistory:
    return FileHistory(
        "orders", sha, f"{sha}.csv", "thelook", 10, utc(received), "b1", "partial", None, 2
    )


def a_run(batch_id: str) -> BatchHistory:
    return BatchHistory(
        batch_id, 1, "partial", 1, 2, 1, 1, 0, 1, 0, 0, "{}", "{}", "sail", "{}", NOW
    )


def quarantined(lake: Lake, folder: Path, *keys: str | None) -> str:
    spec = STATE_TABLES["quarantine"]
    rows = [
        ("b1", "orders", "thelook", "f0.csv", "f0", n, n + 1, key, "a,b", ["bad"], NOW)
        for n, key in enumerate(keys, start=1)
    ]
    path = str(folder / "quarantine")
    lake.engine.spark.createDataFrame(rows, spec.ddl).write.mode("overwrite").parquet(path)
    return path


def test_a_row_accepted_later_discards_the_quarantined_one_once(lake: Lake, tmp_path: Path) -> None:
    path = quarantined(lake, tmp_path, "O1", "O2", "O3", None)
    rows = [
        an_order("O1", received_at=utc("2025-04-02")),
        an_order("O2", received_at=utc("2025-03-01"), record=2),
    ]
    take_in(lake, "b1", orders=rows)
    lost = an_order("O3", received_at=utc("2025-05-01"), file_sha256="f9")
    files = [a_file("f0", "2025-04-01")]
    for _ in range(2):
        write_history(
            lake,
            files=files,
            batch=a_run("b1"),
            quarantine=[path],
            now=NOW,
            staged=a_batch(lake.engine, "b1", orders=[lost]),
        )

    assert [row["record"] for row in table(lake, "quarantine")] == [1, 2, 3, 4]
    events = [
        (row["record"], row["event"], row["reason"]) for row in table(lake, "quarantine_events")
    ]
    assert events == [(1, "discarded", "arrived later"), (3, "discarded", "arrived later")]
    assert [row["file_sha256"] for row in table(lake, "received_files")] == ["f0"]
    assert [row["batch_id"] for row in table(lake, "batches")] == ["b1"]


def test_a_file_that_is_judged_anew_has_its_new_verdict(lake: Lake) -> None:
    for verdict in ("rejected", "accepted"):
        file = replace(a_file("f0", "2025-04-01"), verdict=verdict)
        write_history(lake, files=[file], batch=a_run("b1"), quarantine=[], now=NOW)

    assert [row["verdict"] for row in table(lake, "received_files")] == ["accepted"]


@pytest.mark.parametrize(
    ("row", "name"), [(FileHistory, "received_files"), (BatchHistory, "batches")]
)
def test_history_rows_have_the_columns_of_their_tables(row: type, name: str) -> None:
    assert [field.name for field in fields(row)] == list(STATE_TABLES[name].columns)


def test_a_lake_keeps_its_time_zone(sail_engine: Engine, tmp_path: Path) -> None:
    engine = sail_engine.for_warehouse(tmp_path / "lake")
    assert Lake.open(engine, "Europe/Berlin").time_zone == "Europe/Berlin"
    assert Lake.open(engine).time_zone == "Europe/Berlin"

    with pytest.raises(ConfigurationError, match=r"time_zone is UTC.*set time_zone to Europe"):
        Lake.open(engine, "UTC")


def test_a_time_zone_that_does_not_exist_makes_no_lake(sail_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'Europe/Atlantis' is no time zone"):
        Lake.open(sail_engine.for_warehouse(tmp_path / "lake"), "Europe/Atlantis")

    assert not (tmp_path / "lake" / "lake.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"format_version": 1}'])
def test_damaged_settings_are_named(sail_engine: Engine, tmp_path: Path, text: str) -> None:
    (tmp_path / "lake.json").write_text(text)

    with pytest.raises(ConfigurationError, match=r"lake\.json: not the settings of a lake"):
        Lake.open(sail_engine.for_warehouse(tmp_path))


def test_a_lake_of_a_later_format_is_left_alone(sail_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "lake.json").write_text(
        json.dumps({"format_version": 2, "time_zone": "UTC", "location": str(tmp_path)})
    )

    with pytest.raises(ConfigurationError, match="the lake has format 2"):
        Lake.open(sail_engine.for_warehouse(tmp_path))


def test_a_copied_lake_is_refused(sail_engine: Engine, tmp_path: Path) -> None:
    with Lake.open(sail_engine.for_warehouse(tmp_path / "lake")):
        pass
    shutil.copytree(tmp_path / "lake", tmp_path / "copy")

    with pytest.raises(ConfigurationError, match=r"copy: the lake was made at .*/lake, where"):
        Lake.open(sail_engine.for_warehouse(tmp_path / "copy"))

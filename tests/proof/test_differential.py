"""Both engines make the same lake of the same dirty files, table by table, value by value."""

from collections.abc import Callable
from typing import Any

import pytest

from spark_jobs.lake.tables import TABLES
from spark_jobs.session import Engine
from tests.proof.harness import lake_of
from tests.proof.hostile_corpus import HostileRun

CLOCK = {"updated_at", "quarantined_at", "happened_at", "opened_at", "finished_at"}
"""Columns that tell when a batch ran, not what it found."""
ENGINE = {"engine", "versions", "durations"}
"""Columns that tell which engine ran, and how fast."""


@pytest.fixture(scope="module")
def lakes(
    sail_engine: Engine, spark_engine: Engine, dirty_lake: Callable[[Engine], HostileRun]
) -> tuple[Engine, Engine]:
    """The dirty lake of Sail and that of Spark, both read by Sail."""
    made_by_sail, made_by_spark = dirty_lake(sail_engine), dirty_lake(spark_engine)
    return lake_of(sail_engine, made_by_sail.lake), lake_of(sail_engine, made_by_spark.lake)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_has_the_same_rows_on_both_engines(
    lakes: tuple[Engine, Engine], table: str
) -> None:
    on_sail, on_spark = (_rows(lake, table) for lake in lakes)
    assert on_sail == on_spark


@pytest.mark.parametrize("table", ["orders", "order_items", "order_kpi_table", "quarantine"])
def test_the_table_compared_has_rows(lakes: tuple[Engine, Engine], table: str) -> None:
    assert _rows(lakes[0], table)


def _rows(lake: Engine, table: str) -> list[str]:
    if not lake.table_exists(table):
        return []
    left_out = CLOCK | ENGINE
    names = [name for name in TABLES[table].columns if name not in left_out]
    return sorted(_told(row.asDict(), names) for row in lake.read(table).select(*names).collect())


def _told(row: dict[str, Any], names: list[str]) -> str:
    return ", ".join(f"{name}={row[name]!r}" for name in names)

"""Both engines make the same lake of the same dirty files, table by table, value by value."""

from pathlib import Path
from typing import Any

import pytest

from spark_jobs.lake.tables import TABLES
from spark_jobs.pipeline import RunOptions, RunReport, run_batch
from spark_jobs.session import ENGINES, Engine
from tests.oracle.oracle import utc
from tests.proof.harness import assert_conserved, lake_of
from tests.proof.hostile_corpus import drop_corpus
from tests.proof.killing import RECEIVED, drop_three_batches

CLOCK = {"updated_at", "quarantined_at", "happened_at", "opened_at", "finished_at"}
"""Columns that tell when a batch ran, not what it found."""
ENGINE = {"engine", "versions", "durations"}
"""Columns that tell which engine ran, and how fast."""


@pytest.fixture(scope="module")
def lakes(
    sail_engine: Engine, spark_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A lake of each engine after the same four batches, the hostile corpus last."""
    folder = tmp_path_factory.mktemp("differential")
    drop_three_batches(folder)
    drop_corpus(folder / "hostile")
    times = {**RECEIVED, "hostile": utc("2025-06-04 00:00")}
    for engine in (sail_engine, spark_engine):
        reports: list[RunReport] = []
        for name, received_at in times.items():
            options = RunOptions(received_at=received_at)
            reports.append(run_batch(engine, folder / name, folder / engine.name, options=options))
        assert_conserved(reports)
    return {name: folder / name for name in ENGINES}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_has_the_same_rows_on_both_engines(
    sail_engine: Engine, lakes: dict[str, Path], table: str
) -> None:
    on_sail, on_spark = (_rows(lake_of(sail_engine, lakes[name]), table) for name in ENGINES)
    assert on_sail == on_spark


@pytest.mark.parametrize("table", ["orders", "order_items", "order_kpi_table", "quarantine"])
def test_the_table_compared_has_rows(
    sail_engine: Engine, lakes: dict[str, Path], table: str
) -> None:
    assert _rows(lake_of(sail_engine, lakes["sail"]), table)


def _rows(lake: Engine, table: str) -> list[str]:
    if not lake.table_exists(table):
        return []
    left_out = CLOCK | ENGINE
    names = [name for name in TABLES[table].columns if name not in left_out]
    return sorted(_told(row.asDict(), names) for row in lake.read(table).select(*names).collect())


def _told(row: dict[str, Any], names: list[str]) -> str:
    return ", ".join(f"{name}={row[name]!r}" for name in names)

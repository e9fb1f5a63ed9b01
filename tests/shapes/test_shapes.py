"""Third shapes by YAML alone: from their files to KPI tables that were computed by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline import RunOptions, run_batch
from spark_jobs.session import Engine

SHAPES = sorted(path.parent for path in Path(__file__).parent.glob("*/expected.json"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda folder: folder.name)
def test_a_shape_of_ones_own_needs_a_contract_and_no_code(
    engine: Engine, tmp_path: Path, shape: Path
) -> None:
    expected = json.loads((shape / "expected.json").read_text("utf-8"))
    options = RunOptions(contracts=shape / "contracts", time_zone=expected["time_zone"])
    report = run_batch(engine, shape / "files", tmp_path / "lake", options=options)
    assert report.verdict is Verdict.ACCEPTED, [file.violations for file in report.files]
    lake = engine.for_warehouse(tmp_path / "lake" / "warehouse")
    assert kpis(lake, "order_kpi_table", expected["order_kpis"]) == expected["order_kpis"]
    assert kpis(lake, "category_kpi_table", expected["category_kpis"]) == expected["category_kpis"]


def kpis(engine: Engine, table: str, expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The table's rows in the columns of the expected ones, in order of day and category."""
    rows = engine.read(table).select(*expected[0]).collect()
    shown = [
        {name: value if isinstance(value, int) else str(value) for name, value in row.items()}
        for row in (row.asDict() for row in rows)
    ]
    return sorted(shown, key=lambda row: (row["order_date"], row.get("category", "")))

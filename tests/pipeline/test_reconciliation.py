"""Numbers that contradict the lake end the run, and none of them is published."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame

from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.words import Verdict
from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.lines import order_lines
from spark_jobs.pipeline import run_batch
from spark_jobs.session import Engine
from tests.builders import a_product, a_shop_file, an_item, an_order
from tests.pipeline.shop import EVENING, a_landing, lake_of, received, rows

PUBLISHED = ("order_kpi_table", "category_kpi_table")


def without_a_category(lines: DataFrame) -> DataFrame:
    return category_kpis(lines).filter("category <> 'Home'")


def with_a_line_twice(*tables: DataFrame) -> DataFrame:
    lines = order_lines(*tables)
    return lines.unionAll(lines.filter("category = 'Home'"))


def merging_nothing(*_: object) -> None:
    """As an engine that says that it wrote."""


@pytest.mark.parametrize(
    ("place", "faulty", "said"),
    [
        pytest.param(
            "publishing.category_kpis",
            without_a_category,
            r"category_kpi_table, 2025-03-08, total_revenue: 30.00, expected 37.00",
            id="category-dropped",
        ),
        pytest.param(
            "publishing.order_lines",
            with_a_line_twice,
            r"order_kpi_table, 2025-03-08, total_revenue: 44.00, expected 37.00",
            id="line-doubled",
        ),
        pytest.param(
            "transform.merge_batch", merging_nothing, r"records of file \w+: 0", id="rows-lost"
        ),
    ],
)
def test_a_contradiction_publishes_nothing_and_the_next_run_makes_it_good(
    sail_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    faulty: Callable[..., Any],
    said: str,
) -> None:
    landing, lake = a_landing(tmp_path / "in"), tmp_path / "lake"
    run_batch(sail_engine, landing, lake, options=received())
    tables = lake_of(sail_engine, lake)
    before = [rows(tables, name) for name in PUBLISHED]
    a_shop_file(landing / "orders" / "b.csv", [an_order("2")])
    a_shop_file(landing / "order_items" / "b.csv", [an_item("9", "2", product="2", price="7.00")])
    a_shop_file(landing / "products" / "b.csv", [a_product("2", category="Home")])

    monkeypatch.setattr(f"spark_jobs.pipeline.{place}", faulty)
    with pytest.raises(FatalError, match=said):
        run_batch(sail_engine, landing, lake, options=received(EVENING))
    assert [rows(tables, name) for name in PUBLISHED] == before
    assert rows(tables, "outbox") != []

    monkeypatch.undo()
    again = run_batch(sail_engine, landing, lake, options=received(EVENING))
    assert [report.verdict for report in again.resumed] == [Verdict.ACCEPTED]
    assert [str(row["total_revenue"]) for row in rows(tables, "order_kpi_table")] == ["37.00"]
    categories = {r["category"]: str(r["net_revenue"]) for r in rows(tables, "category_kpi_table")}
    assert categories == {"Beauty": "30.00", "Home": "7.00"}
    assert rows(tables, "outbox") == []

"""The exercise: 26 clean files, whose KPIs were computed without any engine, to the last digit."""

import csv
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline import RunOptions, run_batch
from spark_jobs.session import Engine
from tests.oracle.oracle import utc
from tests.proof.harness import (
    assert_conserved,
    assert_settled,
    kpi_tables,
    lake_of,
)
from tests.support.exercise import exercise_or_skip

RECEIVED = RunOptions(received_at=utc("2025-06-01 00:00"))

pytestmark = [pytest.mark.exercise, pytest.mark.slow, pytest.mark.timeout(900)]


def test_the_exercise_in_one_batch_and_once_more_gives_the_expected_tables(
    engine: Engine, tmp_path: Path
) -> None:
    exercise = exercise_or_skip()
    landing = _landing(tmp_path / "landing", _files(exercise))
    report = run_batch(engine, landing, tmp_path / "lake", options=RECEIVED)
    assert report.verdict is Verdict.ACCEPTED
    assert sum(file.staged for file in report.files) == 9_000 + 27_007 + 10_000
    assert_conserved([report])
    _assert_expected(engine, tmp_path / "lake", exercise)
    again = run_batch(engine, landing, tmp_path / "lake", options=RECEIVED)
    assert len(again.skipped) == 26
    _assert_expected(engine, tmp_path / "lake", exercise)


def test_the_exercise_shuffled_in_six_batches_with_repetitions_gives_the_expected_tables(
    sail_engine: Engine, tmp_path: Path
) -> None:
    exercise = exercise_or_skip()
    files = _files(exercise)
    random.Random(6).shuffle(files)
    reports = []
    for number in range(6):
        part = files[number::6] + files[max(0, number - 1) :: 6][:2]
        landing = _landing(tmp_path / f"landing{number}", part)
        reports.append(run_batch(sail_engine, landing, tmp_path / "lake", options=RECEIVED))
    assert_conserved(reports)
    assert_settled(sail_engine, tmp_path / "lake")
    _assert_expected(sail_engine, tmp_path / "lake", exercise)


def _files(exercise: Path) -> list[Path]:
    files = sorted(exercise.glob("*/*.csv"))
    assert len(files) == 26
    return files


def _landing(folder: Path, files: list[Path]) -> Path:
    for path in dict.fromkeys(files):
        target = folder / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
    return folder


def _assert_expected(engine: Engine, lake: Path, exercise: Path) -> None:
    orders, categories = kpi_tables(lake_of(engine, lake))
    ours_by_day = {
        day: {
            "total_orders": row["total_orders"],
            "total_revenue": row["total_revenue"],
            "total_items_sold": row["total_items_sold"],
            "return_rate_orders": row["return_rate"],
            "unique_customers": row["unique_customers"],
        }
        for day, row in orders.items()
    }
    assert ours_by_day == {
        date.fromisoformat(row["order_date"]): _numbers(row, ours_by_day)
        for row in _rows(exercise / "expected_order_kpis.csv")
    }
    ours_by_category = {
        key: {
            "daily_revenue": row["daily_revenue"],
            "avg_order_value": row["avg_order_value"],
            "avg_return_rate_orders": row["avg_return_rate"],
        }
        for key, row in categories.items()
    }
    assert ours_by_category == {
        (row["category"], date.fromisoformat(row["order_date"])): _numbers(row, ours_by_category)
        for row in _rows(exercise / "expected_category_kpis.csv")
    }
    assert sum(row["total_revenue"] for row in orders.values()) == Decimal("2153497.97")
    assert sum(row["net_revenue"] for row in orders.values()) == Decimal("1795742.59")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _numbers(row: dict[str, str], like: dict[Any, dict[str, Any]]) -> dict[str, Decimal]:
    names = next(iter(like.values()))
    return {name: Decimal(row[name]) for name in names}

"""The exercise through the whole system: in shuffled waves, twice."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.account import KPI_TABLES, Row
from tests.e2e.world import World
from tests.proof.harness import exercise_or_skip
from tests.proof.test_exercise import EXERCISE

pytestmark = [pytest.mark.exercise, pytest.mark.slow, pytest.mark.timeout(900)]
WAVES = 6
EXPECTED = {
    "order_kpi_table": "expected_order_kpis.csv",
    "category_kpi_table": "expected_category_kpis.csv",
}
COLUMNS = {
    "order_kpi_table": {
        "total_orders": "total_orders",
        "total_revenue": "total_revenue",
        "total_items_sold": "total_items_sold",
        "return_rate_orders": "return_rate",
        "unique_customers": "unique_customers",
    },
    "category_kpi_table": {
        "daily_revenue": "daily_revenue",
        "avg_order_value": "avg_order_value",
        "avg_return_rate_orders": "avg_return_rate",
    },
}
"""Our name of each column of an expected file that we publish."""
Key = tuple[str, str]


def test_the_exercise_in_shuffled_waves_and_once_more_gives_the_expected_tables(
    world: World,
) -> None:
    exercise = exercise_or_skip(EXERCISE)
    for seed in (5, 6):
        drop_in_waves(world, exercise, seed)
        assert_expected(world, exercise)
    first, last = world.batches()[0], world.batches()[-1]
    assert first["validate_outcome"] == last["validate_outcome"] == "accepted"
    subjects = [mail.subject for row in world.batches() for mail in world.mails(row["sk"])]
    assert all("accepted" in subject for subject in subjects)
    assert "0 days changed" in subjects[-1]


def drop_in_waves(world: World, exercise: Path, seed: int) -> None:
    """Drops all files, shuffled; what no wave completes is closed by hand at the end."""
    files = sorted(exercise.glob("*/*.csv"))
    assert len(files) == 26
    random.Random(seed).shuffle(files)
    for number in range(WAVES):
        wave = files[number::WAVES]
        world.drop({f"{path.parent.name}/{path.name}": path for path in wave})
        world.until_noted()
        world.close()
    world.at_rest(timeout=400)


def assert_expected(world: World, exercise: Path) -> None:
    """The days of the exercise, in DynamoDB and in the lake, say what the expected files say."""
    tables = world.account.lake_tables()
    for name in KPI_TABLES:
        columns = COLUMNS[name]
        expected = expected_rows(exercise / EXPECTED[name], columns)
        days = {day for _, day in expected}
        for rows in (world.account.items(name), world.account.table(tables[name])):
            found = {
                key_of(row): {theirs: Decimal(row[ours]) for theirs, ours in columns.items()}
                for row in rows
                if str(row["order_date"]) in days
            }
            assert found == expected


def expected_rows(path: Path, columns: Iterable[str]) -> dict[Key, dict[str, Decimal]]:
    """These columns of an expected file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            key_of(row): {column: Decimal(row[column]) for column in columns}
            for row in csv.DictReader(file)
        }


def key_of(row: Row) -> Key:
    """Category (none for a whole day) and day."""
    return str(row.get("category", "")), str(row["order_date"])

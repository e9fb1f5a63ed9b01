"""The exercise through the whole system: in shuffled waves, twice."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.account import KPI_TABLES, Row
from tests.e2e.person import ROOT
from tests.e2e.queries import ask_saved_queries
from tests.e2e.world import World
from tests.support.exercise import exercise_or_skip

pytestmark = [pytest.mark.exercise, pytest.mark.slow, pytest.mark.timeout(900)]
FILES, WAVES = 26, 6
NEVER = "99"
"""So many files of orders close no batch by themselves."""
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
    exercise = exercise_or_skip()
    for seed in (5, 6):
        drop_in_waves(world, exercise, seed)
        assert_expected(world, exercise)
    assert_analysts_see_the_same(world)
    batches = world.batches()
    assert [row["execution"] for row in batches] == [f"{row['sk']}-r1" for row in batches]
    assert len(batches) == 2 * WAVES
    ended = [world.account.execution(row["execution"])["status"] for row in batches]
    assert set(ended) == {"SUCCEEDED"}
    assert {row["validate_outcome"] for row in batches} == {"accepted"}
    subjects = [mail.subject for row in batches for mail in world.mails(row["sk"])]
    assert len(subjects) == len(batches)
    assert all("accepted" in subject for subject in subjects)
    assert "0 days changed" in subjects[-1]
    bucket = world.account.landing
    copies = [stored.key.split("/")[2] for stored in world.account.versions(bucket, "archive/")]
    assert [copies.count(row["sk"]) for row in batches] == [row["files"] for row in batches]
    assert sum(row["files"] for row in batches) == 2 * FILES
    assert world.account.versions(bucket, "landing/") == []


def drop_in_waves(world: World, exercise: Path, seed: int) -> None:
    """Drops all files, shuffled, and closes each wave by hand: a batch of its own."""
    files = sorted(exercise.glob("*/*.csv"))
    assert len(files) == FILES
    random.Random(seed).shuffle(files)
    with world.settings("gate_function", ORDERS_MIN_ORDERS_FILES=NEVER):
        for number in range(WAVES):
            wave = files[number::WAVES]
            world.drop({f"{path.parent.name}/{path.name}": path for path in wave})
            world.until_noted()
            assert len(world.close()) == 1
    world.at_rest(timeout=600)


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


def assert_analysts_see_the_same(world: World) -> None:
    """Athena's saved queries tell of the lake what DynamoDB tells the application."""
    days, categories = (world.account.items(name) for name in KPI_TABLES)
    answers = ask_saved_queries(world.account)
    by_day = {item["order_date"]: item for item in days}
    newest = sorted(by_day, reverse=True)[:31]
    assert [str(row["order_date"]) for row in answers["days"]] == newest
    for row in answers["days"]:
        item = by_day[str(row.pop("order_date"))]
        assert row == {name: item[name] for name in row}
    month = newest[0][:7]
    of_month = [item for item in categories if item["order_date"].startswith(month)]
    revenue = {row["category"]: (row["revenue"], row["days"]) for row in answers["categories"]}
    assert revenue == {
        category: (sum(items), len(items))
        for category in {item["category"] for item in of_month}
        if (items := [i["daily_revenue"] for i in of_month if i["category"] == category])
    }
    assert {row["batch_id"] for row in answers["batches"]} >= {r["sk"] for r in world.batches()}
    assert answers.keys() == {path.stem for path in (ROOT / "terraform" / "queries").iterdir()}


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

"""From rows in a lake to what an application reads: both engines, DynamoDB Local, the AWS CLI."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row

from spark_jobs.kpis.registry import MART_TABLES
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.merge import merge_batch
from spark_jobs.lake.outbox import open_days
from spark_jobs.lake.plan import plan_batch
from spark_jobs.lake.tables import KPI_TABLES, MONTH
from spark_jobs.pipeline.publishing import Stamp, publish_open_days
from spark_jobs.pipeline.stages import Stages
from spark_jobs.publish.publisher import Publication, Publisher
from spark_jobs.session import Engine
from tests.lake.stage import a_batch, a_product, an_item, an_order, table
from tests.publish.stage import CATEGORIES, ORDERS, Item, Press, hold_lease, items, keys

AT = datetime(2025, 6, 1, 12, 30, tzinfo=UTC)
SEED_QUERY = """
aws dynamodb query \\
    --table-name category_kpi_table \\
    --key-condition-expression "category = :cat AND order_date = :date" \\
    --expression-attribute-values '{":cat":{"S":"Electronics"},":date":{"S":"2023-01-01"}}'
"""
"""Seed 001 to the letter, but for the blanks behind its backslashes, which no shell takes."""


class Killed(Exception):  # noqa: N818 - it stands for a signal
    """The process is gone."""


class Deadly(Publisher):
    """Dies instead of publishing."""

    def publish(self, publication: Publication) -> None:
        raise Killed


@pytest.fixture
def lake(sail_engine: Engine, tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(sail_engine.for_warehouse(tmp_path / "lake"), "UTC", MART_TABLES) as opened:
        yield opened


@pytest.fixture
def press(lake: Lake, local: Any) -> Press:
    return Press(lake.engine, local)


def bring(lake: Lake, stamp: Stamp, publishers: Sequence[Publisher], **rows: Any) -> None:
    """One batch through the transform's own steps up to publishing."""
    plan = plan_batch(lake, a_batch(lake.engine, stamp.batch_id, **rows))
    open_days(lake, stamp.batch_id, plan.days, stamp.now)
    merge_batch(lake, plan)
    publish_open_days(lake, plan.receipts, stamp, Stages(), publishers)


def first_shop() -> dict[str, Any]:
    """Two categories on one day, one on another."""
    return {
        "orders": [
            an_order("O1", at="2023-01-01T10:00"),
            an_order("O2", at="2023-01-01T11:00", record=2, status="returned"),
            an_order("O3", at="2023-01-02T10:00", record=3),
        ],
        "order_items": [
            an_item("I1", "O1", price="149.99"),
            an_item("I2", "O1", price="0.10", record=2),
            an_item("I3", "O2", price="50.02", record=3, status="returned"),
            an_item("I4", "O2", price="7.00", record=4, product="P2"),
            an_item("I5", "O3", price="1.00", record=5),
        ],
        "products": [
            a_product("P1", category="Electronics"),
            a_product("P2", category="Toys", record=2),
        ],
    }


def second_shop() -> dict[str, Any]:
    """O3 moves to the first day, so that its own vanishes; Toys are Games now."""
    later: dict[str, Any] = {"file_sha256": "f2", "received_at": AT}
    return {
        "orders": [an_order("O3", at="2023-01-01T12:00", **later)],
        "products": [a_product("P2", category="Games", **later)],
    }


def as_item(row: Row) -> Item:
    """What a row of the lake is in DynamoDB, by other means than the publisher's."""
    values = {name: value for name, value in row.asDict().items() if name != MONTH}
    moment = values["updated_at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    values |= {"order_date": str(values["order_date"]), "updated_at": moment}
    return {n: Decimal(v) if isinstance(v, int) else v for n, v in values.items()}


def assert_same_as_lake(lake: Lake, client: Any) -> None:
    for name in KPI_TABLES:
        assert items(client, name) == [as_item(row) for row in table(lake, name)]


def test_the_query_of_the_seed_returns_the_kpis(lake: Lake, press: Press) -> None:
    bring(lake, Stamp("b1", 1, AT), [press.publisher()], **first_shop())
    programs = Path(sys.executable).parent
    told = subprocess.run(
        ["bash", "-euc", f'PATH="{programs}:$PATH"\n{SEED_QUERY}'],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(told.stdout)
    assert (answer["Count"], answer["Items"]) == (
        1,
        [
            {
                "category": {"S": "Electronics"},
                "order_date": {"S": "2023-01-01"},
                "daily_revenue": {"N": "200.11"},
                "net_revenue": {"N": "150.09"},
                "avg_order_value": {"N": "100.06"},
                "avg_return_rate": {"N": "0.5"},
                "batch_id": {"S": "b1"},
                "version": {"N": "1"},
                "updated_at": {"S": "2025-06-01T12:30:00.000000Z"},
            }
        ],
    )


def test_dynamodb_agrees_with_the_lake_after_days_and_categories_vanished(
    lake_engine: Engine, local: Any
) -> None:
    """On both engines: their rows bring decimals, dates and moments in ways of their own."""
    publisher = Press(lake_engine, local).publisher()
    with Lake.open(lake_engine, "UTC", MART_TABLES) as lake:
        bring(lake, Stamp("b1", 1, AT), [publisher], **first_shop())
        assert keys(local, ORDERS) == ["2023-01-01", "2023-01-02"]
        assert_same_as_lake(lake, local)

        hold_lease(local, fence=2)
        bring(lake, Stamp("b2", 2, AT), [publisher], **second_shop())
        assert keys(local, ORDERS) == ["2023-01-01"]
        assert keys(local, CATEGORIES) == ["Electronics/2023-01-01", "Games/2023-01-01"]
        assert_same_as_lake(lake, local)


def test_what_was_killed_between_lake_and_dynamodb_is_published_with_the_stamp_of_the_lake(
    lake: Lake, press: Press
) -> None:
    stamp = Stamp("b1", 1, AT)
    with pytest.raises(Killed):
        bring(lake, stamp, [Deadly()], **first_shop())
    hold_lease(press.client, fence=2)
    bring(lake, replace(stamp, version=2), [press.publisher()], **first_shop())
    assert {item["version"] for item in items(press.client, ORDERS)} == {Decimal(1)}
    assert_same_as_lake(lake, press.client)


def test_only_the_values_that_changed_get_a_new_stamp(lake: Lake, press: Press) -> None:
    bring(lake, Stamp("b1", 1, AT), [press.publisher()], **first_shop())
    hold_lease(press.client, fence=2)
    later: dict[str, Any] = {"file_sha256": "f2", "received_at": AT}
    orders = [an_order("O4", at="2023-01-01T13:00", **later)]
    lego = [an_item("I6", "O4", price="3.00", product="P2", **later)]
    bring(lake, Stamp("b2", 2, AT), [press.publisher()], orders=orders, order_items=lego)
    stamps = {
        (item["category"], item["order_date"]): item["batch_id"]
        for item in items(press.client, CATEGORIES)
    }
    assert stamps == {
        ("Electronics", "2023-01-01"): "b1",
        ("Electronics", "2023-01-02"): "b1",
        ("Toys", "2023-01-01"): "b2",
    }
    assert_same_as_lake(lake, press.client)

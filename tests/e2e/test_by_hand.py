"""Seed 001's manual path, as a person types it (`landing-data` is our prefix `landing`)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builders import a_product, a_shop_file, an_item, an_order
from tests.e2e.world import World

ELECTRONICS, DAY = "Electronics", "2023-01-01"
ORDERS = ("910000001", "910000002")


def test_three_copies_then_the_logs_then_a_query_shows_the_kpis(
    world: World, tmp_path: Path
) -> None:
    landing = f"s3://{world.account.landing}/landing"
    files = data_of_the_seed(tmp_path / "test_data")
    for key, path in files.items():
        world.run("aws", "s3", "cp", str(path), f"{landing}/{key}")
    world.uploaded(files)
    world.until_batch("RUNNING")
    cluster = str(world.account.outputs["cluster"])
    assert cluster == "ecommerce-cluster"
    tasks = world.until("a task is listed", lambda: listed_tasks(world, cluster))
    assert all("ecommerce-cluster" in task for task in tasks)
    world.at_rest()
    assert "outcome" in log_of(world, "/ecs/validate-task")
    assert "outcome" in log_of(world, "/ecs/transform-task")
    answer = json.loads(
        world.run(
            *("aws", "dynamodb", "query", "--table-name", "category_kpi_table"),
            *("--key-condition-expression", "category = :cat AND order_date = :date"),
            *("--expression-attribute-values", json.dumps(values())),
        )
    )
    (item,) = answer["Items"]
    assert item["daily_revenue"] == {"N": "50"} or item["daily_revenue"] == {"N": "50.00"}
    assert float(item["avg_order_value"]["N"]) == 25
    assert float(item["avg_return_rate"]["N"]) == 0.5


def data_of_the_seed(folder: Path) -> dict[str, Path]:
    """Two orders of one item each, one of them returned; the keys as in the seed."""
    at = f"{DAY}T10:00:00"
    first, second = ORDERS
    orders = [
        an_order(first, at=at),
        an_order(second, at=at, status="returned", returned="2023-01-09T10:00:00"),
    ]
    items = [
        an_item(first, first, at=at, price="30.00", product=first),
        an_item(second, second, at=at, price="20.00", product=first, status="returned"),
    ]
    products = [a_product(first, category=ELECTRONICS)]
    return {
        "orders/orders.csv": a_shop_file(folder / "orders.csv", orders),
        "order_items/order_items.csv": a_shop_file(folder / "order_items.csv", items),
        "products.csv": a_shop_file(folder / "products.csv", products),
    }


def listed_tasks(world: World, cluster: str) -> list[str]:
    """`aws ecs list-tasks`, as the seed has it."""
    said = json.loads(world.run("aws", "ecs", "list-tasks", "--cluster", cluster))
    tasks: list[str] = said["taskArns"]
    return tasks


def log_of(world: World, group: str) -> str:
    """The newest stream of a group, by the two commands of docs/aws.md."""
    streams = json.loads(
        world.run(
            *("aws", "logs", "describe-log-streams", "--log-group-name", group),
            *("--order-by", "LastEventTime", "--descending", "--max-items", "1"),
        )
    )
    stream = streams["logStreams"][0]["logStreamName"]
    return world.run(
        *("aws", "logs", "get-log-events", "--log-group-name", group),
        *("--log-stream-name", stream),
    )


def values() -> dict[str, dict[str, str]]:
    """The values of the seed's query."""
    return {":cat": {"S": ELECTRONICS}, ":date": {"S": DAY}}

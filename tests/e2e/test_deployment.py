"""A second environment in the same account: on Spark, in both networks, and gone again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.local_aws.deployment import Deployment
from scripts.local_aws.images import deploy
from scripts.local_aws.stack import Stack
from tests.e2e import rights
from tests.e2e.account import KPI_TABLES, Account, Row
from tests.e2e.calls import RECORD, Calls
from tests.e2e.checker import Checker
from tests.e2e.conftest import VARIABLES, Say, world_of
from tests.e2e.containers import backend
from tests.e2e.inventory import FACTS, Inventory, added, addresses, inventory, named
from tests.e2e.person import ROOT
from tests.e2e.shop import Shop, a_csv, a_shop
from tests.e2e.world import World

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(1200)]
TEAM = "team-a"
ON_SPARK = {**VARIABLES, "engine": "spark"}
BY_HAND = {"ORDERS_MIN_ORDERS_FILES": "99"}
STAMPS = ("batch_id", "version", "updated_at")
IDS, APART = {"id", "order_id", "product_id"}, 900_000_000
SHARED = ("*", ":catalog", "/StepFunctionsGetEventsForECSTaskRule")
"""Ends of resources that belong to no environment."""


class Second(NamedTuple):
    """The second environment, on its way.

    Attributes:
        before: What the account held before it.
    """

    deployment: Deployment
    applied: Future[None]
    before: Inventory


@pytest.fixture(scope="session")
def second(stack: Stack, say: Say, request: pytest.FixtureRequest) -> Iterator[Second]:
    """In the network of the first one; applied beside it, for an apply waits most of its time."""
    deployment = Deployment(stack, environment=TEAM, variables=ON_SPARK)
    if addresses(deployment.root):  # of a run that was killed
        deployment.destroy(say)
    if backend() == "containers":  # two at once would log each other out of the registry
        request.getfixturevalue("deployment")
    before = inventory(Account(stack.credentials, {}, stack.files / RECORD))
    with ThreadPoolExecutor() as pool:
        applied = pool.submit(deploy, stack, deployment, lambda text: say(f"{TEAM}: {text}"))
        yield Second(deployment, applied, before)


def test_an_environment_on_spark_stands_beside_another_and_goes_without_a_trace(
    second: Second, world: World, deployment: Deployment, stack: Stack, say: Say
) -> None:
    calls, shop = Calls(stack.files / RECORD), a_shop()
    private = Deployment(stack, environment=TEAM, variables={**ON_SPARK, "network": "private"})
    with taken_down(second, private, say):
        second.applied.result()
        made = addresses(private.root)
        private.apply(say)
        made |= addresses(private.root)
        assert private.plan_changes() == []
        team = world_of(stack, private)
        both_do_a_batch_at_once(world, team)
        assert Checker(team).complaints() == []
        assert rights.denied(team.account, calls) == set()
        assert foreign(world.account, team.account, calls) == set()
        team.mailbox.close()
        world.drop(shop.files(orders=2))
    world.at_rest()
    assert world.kpis(shop.day)[0]["total_orders"] == 2
    assert deployment.plan_changes() == []
    ours = named(deployment.root) | world.mailbox.ids
    left = added(second.before, inventory(world.account), ours)
    assert left.keys() <= FACTS["kept"].keys(), left
    assert all(is_going(world.account, key) for key in left["aws_kms_key"])
    # So a destroy of the first one leaves no more: all of its kinds have been seen, made and gone.
    assert addresses(deployment.root) - made == set()
    kinds = {address.partition(".")[0] for address in made}
    assert kinds - FACTS["kinds"].keys() - FACTS["parts"].keys() == set()


@contextmanager
def taken_down(second: Second, deployment: Deployment, say: Say) -> Iterator[None]:
    """Destroys the second environment at the end, however far it has come."""
    try:
        yield
    finally:
        second.applied.exception()  # it has ended
        deployment.destroy(say)


def both_do_a_batch_at_once(world: World, team: World) -> None:
    """The same weeks of the sample in both, and a shop of its own in each."""
    shops = {world: a_shop(), team: a_shop()}
    with (
        world.settings("gate_function", **BY_HAND),
        team.settings("gate_function", **BY_HAND),
    ):
        team.begin()
        for one, shop in shops.items():
            one.drop(the_sample() | shop.files(orders=3))
        for one in shops:
            one.until_noted()
            one.close()
        (mine,), (theirs,) = world.at_rest(timeout=600), team.at_rest(timeout=600)
    assert mine["validate_outcome"] == theirs["validate_outcome"] == "accepted"
    assert engines(world.account) == {"sail"}
    assert engines(team.account) == {"spark"}
    assert sample_kpis(world, *shops.values()) == sample_kpis(team, *shops.values()) != {}
    for one, shop in shops.items():
        other = next(another for another in shops if another is not one)
        assert one.kpis(shop.day)[0]["total_orders"] == 3
        assert other.kpis(shop.day) == ({}, {})
    (mail,) = team.mailbox.received()
    assert mail.subject.startswith(f"{TEAM}-")
    assert theirs["sk"] in mail.subject
    assert not any(TEAM in mail.subject for mail in world.mailbox.received())
    archived = team.account.versions(team.account.landing, "archive/")
    assert len(archived) == len(team.ledger.versions)


def the_sample() -> dict[str, bytes | Path]:
    """The first batch of the bundled sample, by key; its identifiers are no other case's."""
    folder = ROOT / "spark_jobs" / "sample" / "batch-1"
    return {
        path.relative_to(folder).as_posix(): with_ids_apart(path)
        for path in sorted(folder.glob("*/*.csv"))
    }


def with_ids_apart(path: Path) -> bytes:
    """A file whose identifiers of orders, items and products are larger than all others."""
    with path.open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    for record in records:
        for name in IDS & record.keys():
            record[name] = str(APART + int(record[name]))
    return a_csv(records)


def sample_kpis(world: World, *shops: Shop) -> dict[tuple[str, ...], Row]:
    """The items of the sample's days, without who wrote them when."""
    ours = {shop.day for shop in shops}
    return {
        (table, item["order_date"], item.get("category", "")): {
            name: value for name, value in item.items() if name not in STAMPS
        }
        for table in KPI_TABLES
        for item in world.account.items(table)
        if item["order_date"] >= "2026" and item["order_date"] not in ours
    }


def engines(account: Account) -> set[str]:
    """Who has committed to the lake's orders: Spark signs its snapshots, Sail does not."""
    table = account.document(account.lake_tables()["orders"])
    summaries = [snapshot["summary"] for snapshot in table["snapshots"]]
    return {"spark" if "spark.app.id" in summary else "sail" for summary in summaries}


def foreign(mine: Account, theirs: Account, calls: Calls) -> set[tuple[str, str, str]]:
    """The calls of a role that reach into the other environment."""
    named = (TEAM, TEAM.replace("-", "_"))
    return {
        (role, call.action, call.resource)
        for account, is_theirs in ((mine, False), (theirs, True))
        for role in rights.roles(account).values()
        for call in calls.by(role)
        if not call.resource.endswith(SHARED)
        and any(name in call.resource for name in named) != is_theirs
    }


def is_going(account: Account, key: str) -> bool:
    """Whether AWS has been told to delete a key."""
    found = account.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    return bool(found["KeyState"] == "PendingDeletion")

"""Tasks that live on when their execution is dead, and go on writing: zombies."""

from __future__ import annotations

from decimal import Decimal

from scripts.local_aws.stack import Stack
from tests.e2e.account import Row
from tests.e2e.acts import hold
from tests.e2e.executions import picture, stopped_when_held
from tests.e2e.shop import Shop, a_csv, a_shop
from tests.e2e.world import World

IN_A_TRANSACTION = 99
FENCED_OUT = "does not hold the lease"


def test_zombies_that_wake_while_the_next_run_works_change_nothing(
    world: World, stack: Stack
) -> None:
    shop = a_shop()
    dead = hold("before:leave_verdict", detached=True)
    acts = hold("after:merge_products", detached=True), hold("before:publish_items")
    with world.acts("validate", dead) as validates, world.acts("transform", *acts) as transforms:
        world.drop(shop.files(orders=2))
        for number, held in enumerate((validates, transforms), start=1):
            failed = stopped_when_held(world, held)
            assert failed["run"] == number
            world.again(failed["sk"])
        world.until("the third run is held", lambda: transforms.is_held(1))
        before = picture(world.account)
        for held in (validates, transforms):
            held.go_on()
            world.until("the zombie ends", held.has_ended)
        assert picture(world.account) == before
        assert was_fenced_out(world, stack, failed, "validate")
        assert was_fenced_out(world, stack, failed, "transform")
        transforms.go_on(1)
        (batch,) = world.at_rest()
    assert (batch["run"], batch["state"]) == (3, "DONE")
    assert world.account.execution(batch["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_zombie_that_wakes_in_the_middle_of_publishing_does_not_bring_old_numbers_back(
    world: World, stack: Stack
) -> None:
    shop = a_shop()
    half = hold("after:publish_items", detached=True)
    with world.acts("transform", half) as held:
        world.drop(many_categories(shop, 120, price="10.00"))
        failed = stopped_when_held(world, held)
        assert len(items_of(world, shop)) == IN_A_TRANSACTION
        world.again(failed["sk"])
        world.until_batch("DONE")
        world.drop(many_categories(shop, 120, price="20.00"))
        world.until("the newer batch is there", lambda: len(world.batches()) == 2)
        healed, newer = world.at_rest()
        before = picture(world.account)
        held.go_on()
        world.until("the zombie ends", held.has_ended)
        assert was_fenced_out(world, stack, failed, "transform")
        assert picture(world.account) == before
    assert (healed["run"], newer["run"]) == (2, 1)
    assert {item["daily_revenue"] for item in world.kpis(shop.day)[1].values()} == {Decimal(20)}


def was_fenced_out(world: World, stack: Stack, batch: Row, job: str) -> bool:
    """Whether the zombie, the first of these tasks, said so: what it says no log hears any more."""
    zombie = world.account.attempts(batch["sk"], job)[0]["taskArn"].rpartition("/")[2]
    output = stack.files / "tasks" / zombie / job / "output.log"
    return f"{batch['sk']}-r" in (said := output.read_text()) and FENCED_OUT in said


def many_categories(shop: Shop, number: int, **values: str) -> dict[str, bytes]:
    """A day of one order with an item in each of so many categories."""
    numbers = range(1, number + 1)
    items = [shop.item(n, order=1, product=shop.id(n), **values) for n in numbers]
    products = [shop.product(n, category=f"{shop.category}, {n}") for n in numbers]
    return shop.files(orders=1, name=values["price"]) | {
        f"order_items/{shop.number}_{values['price']}.csv": a_csv(items),
        f"products/{shop.number}_{values['price']}.csv": a_csv(products),
    }


def items_of(world: World, shop: Shop) -> list[Row]:
    """All items of the shop's day in both KPI tables."""
    day, categories = world.kpis(shop.day)
    return [*([day] if day else []), *categories.values()]

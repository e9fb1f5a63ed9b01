"""Tasks that live on when their execution is dead, and go on writing: zombies."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from scripts.local_aws.stack import Stack
from tests.e2e.account import Row
from tests.e2e.acts import hold
from tests.e2e.executions import picture, stopped_when_held
from tests.e2e.shop import a_shop
from tests.e2e.world import World

IN_A_TRANSACTION = 99
FENCED_OUT = "does not hold the lease"


def test_zombies_that_wake_while_the_next_run_works_change_nothing(
    world: World, stack: Stack
) -> None:
    shop = a_shop()
    dead = hold("before:leave_verdict", detached=True)
    acts = hold("before:merge_orders", detached=True), hold("before:publish_items")
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


def test_zombies_that_wake_in_the_middle_of_publishing_do_not_bring_old_numbers_back(
    world: World, stack: Stack
) -> None:
    """The first has looked at its lease, and wakes before its statement on the lake's table."""
    shop = a_shop()
    moments = ("before:publish_order_kpis", "after:publish_items")
    with world.acts("transform", *(hold(one, detached=True) for one in moments)) as held:
        world.drop(shop.many_categories(120, price="10.00"))
        for number, published in enumerate((0, IN_A_TRANSACTION)):
            failed = stopped_when_held(world, held, number)
            assert len(world.items(shop.day)) == published
            world.again(failed["sk"])
        world.until_batch("DONE")
        world.drop(shop.many_categories(120, name="b", price="20.00"))
        world.until("the newer batch is there", lambda: len(world.batches()) == 2)
        healed, newer = world.at_rest()
        before = picture(world.account)
        for number in range(len(moments)):
            held.go_on(number)
            world.until("the zombie ends", partial(held.has_ended, number))
            assert was_fenced_out(world, stack, failed, "transform", number)
        assert picture(world.account) == before
    assert (healed["run"], newer["run"]) == (3, 1)
    assert {item["daily_revenue"] for item in world.kpis(shop.day)[1].values()} == {Decimal(20)}


def was_fenced_out(world: World, stack: Stack, batch: Row, job: str, number: int = 0) -> bool:
    """Whether the zombie, of these tasks that number, said so: no log hears any more of it."""
    zombie = world.account.attempts(batch["sk"], job)[number]["taskArn"].rpartition("/")[2]
    output = stack.files / "tasks" / zombie / job / "output.log"
    return f"{batch['sk']}-r" in (said := output.read_text()) and FENCED_OUT in said

"""An hour in which the pipeline needs nearly every right that its roles have."""

from __future__ import annotations

from functools import partial

from tests.e2e.acts import hold
from tests.e2e.deliveries import ENDED, SWEEP, rings, switched_off, taken
from tests.e2e.ledger import Version
from tests.e2e.shop import a_shop
from tests.e2e.world import World


def a_busy_hour(world: World) -> None:
    """All that calls for a right: some of it goes well, some is refused, some dies and goes on."""
    account, shop, another_day, other = world.account, a_shop(), a_shop(), a_shop()
    with world.acts("validate", hold("before:leave_verdict", detached=True)) as held:
        (*_, orders) = world.drop(shop.files(orders=30, bad=1))
        _tag(world, orders)
        world.until("the first attempt stands", held.is_held)
        (task,) = account.tasks()
        cluster = account.outputs["cluster"]
        account.client("ecs").stop_task(cluster=cluster, task=task["taskArn"])
        world.until("another one is faster", lambda: "verdict" in world.batch())
        held.go_on()  # and removes what it staged, for another one was faster
        world.at_rest()
        world.until("the first attempt ends", held.has_ended)
    moved = shop.files(orders=30, name="moved", at=f"{another_day.day}T10:00:00")
    with world.acts("validate", hold("before:upload_staged")) as held:
        world.drop(moved)
        world.until("the job stands", held.is_held)
        with switched_off(account, ENDED, SWEEP):
            _tag(world, world.put(f"orders/{other.number}.txt", b"the orders of Monday"))
            world.drop(other.broken_files())
            world.until_noted()
            stopped = world.batches()[1]
            world.stop(stopped["execution"])
            held.go_on()
            world.until_execution_ends(stopped["execution"])
            world.sweep()
            world.until("cleanup has ended it", lambda: world.batches()[1]["state"] == "FAILED")
    world.again(stopped["sk"])
    world.sweep()
    world.at_rest()
    assert [len(world.mails(row["sk"])) for row in world.batches()] == [1, 2, 1]
    assert world.kpis(shop.day) == ({}, {})
    assert world.kpis(another_day.day)[0]["total_orders"] == 30
    for hop in ("gate", "cleanup"):
        account.client("lambda").invoke(
            FunctionName=account.outputs[f"{hop}_function"], InvocationType="Event", Payload=b"{}"
        )
        world.until(f"{hop} gives it up", partial(rings, account, hop))
        taken(account, account.outputs["dead_letter_queues"][hop])


def _tag(world: World, version: Version) -> None:
    """Gives a version a tag, as a shop may: the archive keeps it."""
    world.account.client("s3").put_object_tagging(
        Bucket=world.account.landing,
        Key=version.key,
        VersionId=version.version_id,
        Tagging={"TagSet": [{"Key": "till", "Value": "4"}]},
    )

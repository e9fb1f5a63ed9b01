"""Dead executions that somebody redrives: the same executions, whose batch goes by another way.

What holds them off: while the batch is FAILED its row still names them, but they have lost the
lease, without which a task writes nothing, and the row is RUNNING no more, without which no outcome
is written and nothing is marked or told. Once the batch runs again the row names the next run.
"""

from __future__ import annotations

import pytest

from tests.e2e.account import Row
from tests.e2e.acts import hold
from tests.e2e.deliveries import SWEEP, switched_off
from tests.e2e.executions import picture, redriven, stop_by_hand, stopped_when_held
from tests.e2e.shop import a_shop
from tests.e2e.world import World

TRANSIENT = 75
MOMENTS = {"validate": "before:register_files", "transform": "after:merge_orders"}


@pytest.mark.parametrize("job", MOMENTS)
def test_a_redrive_while_the_batch_has_failed_and_when_it_is_done_changes_nothing(
    world: World, job: str
) -> None:
    shop = a_shop()
    world.drop(shop.files(orders=2))
    failed = dead_in(world, job)
    before = picture(world.account)

    ended = redriven(world, failed["execution"])

    assert is_refused(ended)
    attempts = [
        task["containers"][0]["exitCode"] for task in world.account.attempts(failed["sk"], job)
    ]
    assert attempts[1:] == [TRANSIENT]
    assert picture(world.account) == before
    world.run("scripts/start_batch.sh", "--again", failed["sk"])
    (healed,) = world.at_rest()
    before = picture(world.account)
    assert is_refused(redriven(world, failed["execution"]))
    assert picture(world.account) == before
    assert len(world.mails(failed["sk"])) == healed["run"] == 2
    assert world.account.execution(healed["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_redrives_while_the_next_run_works_change_nothing(world: World) -> None:
    shop = a_shop()
    world.drop(shop.files(orders=2))
    dead = [dead_in(world, "validate")]
    with world.acts("transform", hold(MOMENTS["transform"]), hold("before:publish_items")) as held:
        world.again(dead[0]["sk"])
        dead.append(stopped_when_held(world, held))
        held.go_on()
        world.until("the task is stopped", held.has_ended)
        world.again(dead[0]["sk"])
        world.until("the third run is held", lambda: held.is_held(1))
        before = picture(world.account)
        for failed, job in zip(dead, MOMENTS, strict=True):
            assert is_refused(redriven(world, failed["execution"]))
            newest = world.account.attempts(failed["sk"], job)[-1]
            assert newest["containers"][0]["exitCode"] == TRANSIENT
        assert picture(world.account) == before
        held.go_on(1)
        (healed,) = world.at_rest()
    assert (healed["run"], healed["state"]) == (3, "DONE")
    assert world.account.execution(healed["execution"])["status"] == "SUCCEEDED"
    assert len(world.mails(healed["sk"])) == 3
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_redrive_before_anybody_has_cleaned_up_goes_on_as_the_run_that_it_was(
    world: World,
) -> None:
    """It has its lease still, and nothing was told."""
    shop = a_shop()
    with (
        switched_off(world.account, "execution-ended", SWEEP),
        world.acts("transform", hold(MOMENTS["transform"])) as held,
    ):
        world.drop(shop.files(orders=2))
        world.until("the task is held", held.is_held)
        execution = world.batch()["execution"]
        stop_by_hand(world, execution)
        held.go_on()
        world.until("the task is stopped", held.has_ended)
        assert world.batch()["state"] == "RUNNING"
        assert redriven(world, execution)["status"] == "SUCCEEDED"
    (batch,) = world.at_rest()
    assert (batch["run"], batch["state"]) == (1, "DONE")
    assert len(world.mails(batch["sk"])) == 1
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def dead_in(world: World, job: str) -> Row:
    """The batch, failed: its execution was stopped in this job."""
    with world.acts(job, hold(MOMENTS[job])) as held:
        failed = stopped_when_held(world, held)
        held.go_on()
        world.until("the task is stopped", held.has_ended)
    return failed


def is_refused(ended: Row) -> bool:
    """Whether an execution ended as one that does not own its batch."""
    return (ended["status"], ended["error"]) == ("FAILED", "NotTheOwner")

"""Executions that are stopped, time out, fail, or are started by hand with an old input."""

from __future__ import annotations

from tests.e2e.account import Row
from tests.e2e.acts import exits, hangs, hold
from tests.e2e.checker import Checker
from tests.e2e.executions import (
    assert_kept,
    definition_changed,
    picture,
    stop_by_hand,
    stopped_when_held,
)
from tests.e2e.shop import a_shop
from tests.e2e.world import World

ATTEMPTS = 5
REFUSED = "there is no such batch that has failed"


def test_an_execution_stopped_by_hand_keeps_its_files_and_is_told_once_and_others_run(
    world: World,
) -> None:
    shops = [a_shop() for _ in range(3)]
    moments = {"validate": "after:register_files", "transform": "after:merge_orders"}
    failed: dict[str, Row] = {}
    for shop, (job, moment) in zip(shops, moments.items(), strict=False):
        with world.acts(job, hold(moment)) as held:
            versions = world.drop(shop.files(orders=2))
            failed[job] = stopped_when_held(world, held)
            held.go_on()
            world.until("the task is stopped", held.has_ended)
        assert_kept(world, versions)
    world.drop(shops[2].files(orders=2))
    done = world.until_batch("DONE")
    assert world.account.execution(done["execution"])["status"] == "SUCCEEDED"

    for job, row in failed.items():
        said = world.clean_up(row["execution"], "SUCCESS")
        assert (said["state"], row["run"]) == ("FAILED", 1)
        (mail,) = world.mails(row["sk"])
        assert f"FAILED in {job}" in mail.subject
        assert f"scripts/start_batch.sh --again {row['sk']}" in mail.text
        world.run("scripts/start_batch.sh", "--again", row["sk"])
    first, second, _ = world.at_rest()
    for job, healed in zip(failed, (first, second), strict=True):
        assert (healed["sk"], healed["run"]) == (failed[job]["sk"], 2)
        assert world.account.execution(healed["execution"])["status"] == "SUCCEEDED"
        late = world.clean_up(failed[job]["execution"], "VALIDATION_FAILED")
        assert late["note"] == "the execution is not the batch's current run"
    assert [world.kpis(shop.day)[0]["total_orders"] for shop in shops] == [2, 2, 2]


def test_an_execution_stopped_after_its_work_was_done_ends_as_done(world: World) -> None:
    shop = a_shop()
    with world.acts("transform", hold("after:leave_outcome")) as held:
        versions = world.drop(shop.files(orders=2))
        world.until("the outcome is written", held.is_held)
        stop_by_hand(world, world.batch()["execution"])
        held.go_on()
        (batch,) = world.at_rest()
    assert world.account.execution(batch["execution"])["status"] == "ABORTED"
    assert (batch["state"], batch["ending"], batch["run"]) == ("DONE", "SUCCESS", 1)
    assert {world.archived(v).split("/")[1] for v in versions} == {"processed"}
    (mail,) = world.mails(batch["sk"])
    assert "accepted" in mail.subject
    said = world.run("scripts/start_batch.sh", "--again", batch["sk"], check=False)
    assert REFUSED in said
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_an_execution_that_takes_too_long_times_out_and_stops_its_task(world: World) -> None:
    shop = a_shop()
    with (
        definition_changed(world.account, TimeoutSeconds=6),
        world.acts("validate", hangs()) as held,
    ):
        versions = world.drop(shop.files(orders=2))
        failed = world.until_batch("FAILED")
        world.until("its task is stopped", held.has_ended)
    ended = world.account.execution(failed["execution"])
    assert ended["status"] == "TIMED_OUT"
    assert_kept(world, versions)
    (mail,) = world.mails(failed["sk"])
    assert "FAILED in validate" in mail.subject
    world.run("scripts/start_batch.sh", "--again", failed["sk"])
    (healed,) = world.at_rest()
    assert world.account.execution(healed["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_batch_whose_task_always_dies_waits_for_a_person_and_holds_up_no_other(
    world: World,
) -> None:
    shop, other = a_shop(), a_shop()
    with world.acts("validate", *[exits(1)] * ATTEMPTS):
        versions = world.drop(shop.files(orders=2))
        failed = world.until_batch("FAILED")
    ended = world.until_execution_ends(failed["execution"])
    assert (ended["status"], ended["error"]) == ("FAILED", "ValidationFailed")
    assert_kept(world, versions)
    (mail,) = world.mails(failed["sk"])
    assert "VALIDATION_FAILED" in mail.subject
    world.drop(other.files(orders=2))
    world.until_batch("DONE")
    assert world.kpis(shop.day) == ({}, {})

    world.run("scripts/start_batch.sh", "--again", failed["sk"])
    for batch_id in (failed["sk"], "20190101T000000Z-000001"):
        said = world.run("scripts/start_batch.sh", "--again", batch_id, check=False)
        assert REFUSED in said
    healed, done = world.at_rest()
    assert (healed["run"], done["run"]) == (2, 1)
    assert [world.kpis(one.day)[0]["total_orders"] for one in (shop, other)] == [2, 2]


def test_an_execution_started_by_hand_with_an_old_input_changes_nothing(
    world: World, checker: Checker
) -> None:
    """The console's "new execution", of one that was stopped: before and after its batch is run."""
    shop, names = a_shop(), []
    with world.acts("transform", hold("after:merge_orders")) as held:
        world.drop(shop.files(orders=2))
        failed = stopped_when_held(world, held)
        held.go_on()
        world.until("the task is stopped", held.has_ended)
    for moment in ("failed", "done"):
        before = picture(world.account)
        names.append(f"{failed['sk']}-{moment}-r1")
        ended = started_by_hand(world, failed["execution"], names[-1])
        assert (ended["status"], ended["error"]) == ("FAILED", "NotTheOwner")
        assert picture(world.account) == before
        if moment == "failed":
            world.again(failed["sk"])
            (healed,) = world.at_rest()
    assert (healed["sk"], healed["run"]) == (failed["sk"], 2)
    assert world.at_rest() == [healed]
    assert world.kpis(shop.day)[0]["total_orders"] == 2
    strangers = {f"one_execution_for_each_run: {name} belongs to no run" for name in names}
    assert set(checker.new_complaints()) == strangers


def started_by_hand(world: World, execution: str, name: str) -> Row:
    """The end of a new execution with the input of an old one."""
    given = world.account.execution(execution)["input"]
    machine = world.account.state_machine
    command = ("aws", "stepfunctions", "start-execution", "--state-machine-arn", machine)
    world.run(*command, "--name", name, "--input", given)
    return world.until_execution_ends(name)

"""Tasks that cannot start, hang, are stopped, or have too little memory."""

from __future__ import annotations

import json

from tests.e2e.account import Row
from tests.e2e.acts import KILLED, hangs, hold, out_of_memory
from tests.e2e.executions import definition_changed
from tests.e2e.shop import a_shop
from tests.e2e.world import World

TERMINATED = 143
ATTEMPTS = 5
PATIENCE = 20
"""So many launches may fail before they count as attempts."""
SIZES = ["4096", "8192", "32768", "122880"]


def test_a_launch_without_capacity_or_image_holds_up_the_batch_and_loses_nothing(
    world: World,
) -> None:
    shop = a_shop()
    with world.launches("validate", {"refused": "RESOURCE:MEMORY"}):
        world.drop(shop.files(orders=2))
        batch = world.until_batch("RUNNING")
        world.until("RunTask is refused", lambda: "RESOURCE:MEMORY" in history(world, batch))
    with world.launches("validate", None):
        world.until("no image is found", lambda: world.account.attempts(batch["sk"], "validate"))
    (batch,) = world.at_rest()
    *unstarted, started = world.account.attempts(batch["sk"], "validate")
    assert {task["stopCode"] for task in unstarted} == {"TaskFailedToStart"}
    assert started["containers"][0]["exitCode"] == 0
    assert batch["run"] == 1
    (mail,) = world.mails(batch["sk"])
    assert "accepted" in mail.subject
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_task_that_never_starts_fails_its_batch_which_is_started_again_by_hand(
    world: World,
) -> None:
    shop = a_shop()
    with world.launches("transform", None), world.waits(0.001):
        versions = world.drop(shop.files(orders=2))
        failed = world.until_batch("FAILED", "DONE", timeout=180)
        ended = world.until_execution_ends(failed["execution"])
    assert (ended["status"], ended["error"]) == ("FAILED", "TransformationFailed")
    assert len(world.account.attempts(failed["sk"], "transform")) == PATIENCE + ATTEMPTS
    (mail,) = world.mails(failed["sk"])
    assert "TRANSFORMATION_FAILED" in mail.subject
    assert "CannotPullContainer" in mail.text
    assert f"scripts/start_batch.sh --again {failed['sk']}" in mail.text
    lying = {stored.key for stored in world.account.versions(world.account.landing, "landing/")}
    assert lying >= {version.key for version in versions}
    assert not any(world.archived(version) for version in versions)

    world.run("scripts/start_batch.sh", "--again", failed["sk"])
    (healed,) = world.at_rest()
    assert (healed["sk"], healed["run"]) == (failed["sk"], 2)
    assert world.account.execution(healed["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_task_that_hangs_is_stopped_and_repeated_each_time_its_state_times_out(
    world: World,
) -> None:
    shop = a_shop()
    with (
        definition_changed(world.account, "RunValidationTask", TimeoutSeconds=2),
        world.waits(0.001),
        world.acts("validate", *[hangs()] * ATTEMPTS) as held,
    ):
        world.drop(shop.files(orders=2))
        failed = world.until_batch("FAILED", "DONE")
        assert all(held.has_ended(number) for number in range(ATTEMPTS))
    ended = world.until_execution_ends(failed["execution"])
    assert (ended["status"], ended["error"]) == ("FAILED", "ValidationFailed")
    hung = world.account.attempts(failed["sk"], "validate")
    assert [task["containers"][0]["exitCode"] for task in hung] == [TERMINATED] * ATTEMPTS
    assert all("timed out" in task["stoppedReason"] for task in hung)
    (mail,) = world.mails(failed["sk"])
    assert "States.Timeout" in mail.text

    world.again(failed["sk"])
    (healed,) = world.at_rest()
    assert world.account.execution(healed["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_task_that_a_person_stops_ends_cleanly_and_is_run_again_in_its_size(
    world: World,
) -> None:
    shop = a_shop()
    with (
        world.acts("validate", hold("after:register_files")) as validate,
        world.acts("transform", hold("after:merge_orders")) as transform,
    ):
        world.drop(shop.files(orders=2))
        for held in (validate, transform):
            world.until("the job stands", held.is_held)
            (task,) = world.account.tasks()
            cluster = str(world.account.outputs["cluster"])
            world.run("aws", "ecs", "stop-task", "--cluster", cluster, "--task", task["taskArn"])
            held.go_on()
        (batch,) = world.at_rest()
    for job in ("validate", "transform"):
        stopped, repeated = world.account.attempts(batch["sk"], job)
        assert stopped["stopCode"] == "UserInitiated"
        assert stopped["containers"][0]["exitCode"] == TERMINATED
        assert repeated["containers"][0]["exitCode"] == 0
        assert stopped["memory"] == repeated["memory"] == SIZES[0]
        assert any("terminated" in line for line in world.account.log(job))
    assert world.account.execution(batch["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_task_out_of_memory_gets_the_next_size_and_after_the_largest_a_person_is_told(
    world: World,
) -> None:
    shop = a_shop()
    with world.acts("validate", *[out_of_memory()] * len(SIZES)):
        world.drop(shop.files(orders=2))
        failed = world.until_batch("FAILED", "DONE")
    world.until_execution_ends(failed["execution"])
    killed = world.account.attempts(failed["sk"], "validate")
    assert [task["memory"] for task in killed] == SIZES
    assert {task["containers"][0]["exitCode"] for task in killed} == {KILLED}
    assert {task["containers"][0]["reason"].split(":")[0] for task in killed} == {
        "OutOfMemoryError"
    }
    (mail,) = world.mails(failed["sk"])
    assert "VALIDATION_FAILED" in mail.subject

    with world.acts("validate", out_of_memory()):
        world.again(failed["sk"])
        (healed,) = world.at_rest()
    validated = world.account.attempts(healed["sk"], "validate")[len(SIZES) :]
    (transformed,) = world.account.attempts(healed["sk"], "transform")
    assert [task["memory"] for task in validated] == SIZES[:2]
    assert transformed["memory"] == SIZES[1]
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def history(world: World, batch: Row) -> str:
    """All events of the batch's execution, as text; empty where it has not begun."""
    arns = [
        e["executionArn"] for e in world.account.executions() if e["name"] == batch["execution"]
    ]
    client = world.account.client("stepfunctions")
    pages = [client.get_execution_history(executionArn=arn, maxResults=1000) for arn in arns]
    return json.dumps([page["events"] for page in pages], default=str)

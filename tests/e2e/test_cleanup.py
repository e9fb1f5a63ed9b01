"""Cleanup at any moment, by hand and at once, and when it cannot finish."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.e2e.account import Account, Row
from tests.e2e.acts import hold
from tests.e2e.deliveries import (
    ENDED,
    SWEEP,
    rings,
    switched_off,
    until_delivered,
    without_state_machine,
)
from tests.e2e.deliveries import said as lines_of
from tests.e2e.executions import definition_changed, picture
from tests.e2e.rights import Right, without
from tests.e2e.shop import a_shop
from tests.e2e.world import World

AT_ONCE = 4
CALL_CLEANUP = Right("state machine", "InvokeCleanup", "lambda:InvokeFunction")
SEND_ALERTS = Right("state machine", "SendAlerts", "sns:Publish")
REMOVE_VERSIONS = Right("cleanup", "ReadAndRemoveLandedVersions", "s3:DeleteObjectVersion")
NOBODY = "20190101T000000Z-000001-r1"


def test_cleanup_by_hand_before_the_execution_and_of_an_unknown_one_does_nothing(
    world: World, tmp_path: Path
) -> None:
    shop, account = a_shop(), world.account
    with switched_off(account, SWEEP):
        with without_state_machine(world):
            world.drop(shop.files(orders=2))
            batch = world.until_batch("RUNNING")
            until_delivered(world)
        before = picture(account)
        said = typed(world, seed_input(account, batch["execution"]), tmp_path)
        assert said["note"] == "the execution has not been started yet"
        said = typed(world, seed_input(account, NOBODY), tmp_path)
        assert said["note"] == "no batch belongs to the execution"
        another = seed_input(account, batch["execution"]) | {"stepFunctionArn": "arn:aws:another"}
        assert typed(world, another, tmp_path)["note"] == "the execution is not of this pipeline"
        assert picture(account) == before
        world.sweep()
    (done,) = world.at_rest()
    assert (done["execution"], done["run"]) == (batch["execution"], 1)
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_cleanup_by_hand_while_its_execution_works_and_after_its_end_changes_nothing(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with (
        world.acts("validate", hold("after:leave_verdict")) as validate,
        world.acts("transform", hold("after:publish_items")) as transform,
    ):
        world.drop(shop.files(orders=2))
        for held, told in ((validate, "VALIDATION_FAILED"), (transform, "SUCCESS")):
            world.until("the task is held", held.is_held)
            execution, before = world.batch()["execution"], picture(account)
            said = world.clean_up(execution, told)
            assert (said["state"], said["note"]) == ("RUNNING", "the execution is running")
            assert picture(account) == before
            held.go_on()
        (batch,) = world.at_rest()
    world.until_execution_ends(execution)
    before = picture(account)
    for told in ("SUCCESS", "SUCCESS", "TRANSFORMATION_FAILED"):
        assert world.clean_up(execution, told)["state"] == "DONE"
    assert picture(account) == before
    assert account.execution(batch["execution"])["status"] == "SUCCEEDED"
    (mail,) = world.mails(batch["sk"])
    assert "accepted" in mail.subject
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_batch_left_finishing_is_ended_by_hand_and_several_more_at_once_change_nothing(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with switched_off(account, SWEEP, ENDED):
        with without(account, CALL_CLEANUP):
            versions = world.drop(shop.files(orders=2))
            execution = world.until_batch("FINISHING")["execution"]
            ended = world.until_execution_ends(execution)
        assert (ended["status"], ended["error"]) == ("FAILED", "CleanupFailed")
        world.drop(shop.files(orders=[3], name="next"))
        world.until_batch("WAITING")
        assert world.batches()[0]["state"] == "FINISHING"
        assert world.clean_up(execution)["processed"] == len(versions)
        with ThreadPoolExecutor(AT_ONCE) as people:
            said = list(people.map(lambda _: world.clean_up(execution), range(AT_ONCE)))
        assert {(one["state"], one.get("processed", 0)) for one in said} == {("DONE", 0)}
        first, second = world.at_rest()
    assert {world.archived(v).split("/")[1] for v in versions} == {"processed"}
    assert (first["ending"], second["run"]) == ("SUCCESS", 1)
    assert [len(world.mails(batch["sk"])) for batch in (first, second)] == [1, 1]
    assert world.kpis(shop.day)[0]["total_orders"] == 3


def test_cleanup_by_hand_while_the_state_machine_is_about_to_tell_sends_no_second_mail(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    patient = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 1.0}
    again = {"Retry": [patient | {"MaxAttempts": 10_000}]}  # as where SNS throttles for minutes
    with definition_changed(account, "Send the alert", **again):
        with without(account, SEND_ALERTS):
            world.drop(shop.files(orders=2))
            told = world.until_batch("FINISHING")
            said = world.clean_up(told["execution"])
            assert (said["state"], "note" in said) == ("DONE", False)
            assert account.execution(told["execution"])["status"] == "RUNNING"
            assert "alerted_at" not in world.batch()
        (batch,) = world.at_rest()
    ended = world.until_execution_ends(told["execution"])
    assert (ended["status"], batch["run"]) == ("SUCCEEDED", 1)
    (mail,) = world.mails(batch["sk"])
    assert "accepted" in mail.subject
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_files_that_cleanup_may_not_delete_hold_up_no_newer_ones_and_are_tried_until_it_may(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with switched_off(account, SWEEP, ENDED):
        with without(account, REMOVE_VERSIONS):
            older = world.drop(shop.files(orders=2, status="shipped"))
            left = world.until_batch("FINISHING")
            ended = world.until_execution_ends(left["execution"])
            assert (ended["status"], ended["error"]) == ("FAILED", "CleanupFailed")
            assert [world.archived(version) for version in older] == [""] * 3
            copies = account.versions(account.landing, f"archive/processed/{left['sk']}/")
            assert len(copies) == len(older)
            for wanted in ([3, 3], [3, 3, 3]):
                world.sweep()
                world.until("cleanup tries", partial(has_left, account, left["sk"], wanted))
            assert world.batch()["state"] == "FINISHING"
        assert_an_alarm_looks_at(account, "LeftFiles")
        newer = world.drop(shop.files(orders=2, status="cancelled"))
        done = world.until_batch("DONE")
        assert [version.key for version in newer] == [version.key for version in older]
        assert world.batches()[0]["state"] == "FINISHING"
        world.sweep()
        world.at_rest()
    _, trouble = world.mails(left["sk"])  # one of the batch, one of its files, however many tries
    assert "files not archived" in trouble.subject
    assert all(version.version_id in trouble.text for version in older)
    for versions, batch in ((older, left), (newer, done)):
        for version in versions:
            place = world.archived(version)
            assert place.startswith(f"archive/processed/{batch['sk']}/{version.version_id}/")
            assert account.content(account.landing, place) == version.content.read_bytes()
    assert not rings(account, "cleanup")
    day, _ = world.kpis(shop.day)
    assert (day["total_orders"], day["cancelled_orders"]) == (2, 2)


def seed_input(account: Account, execution: str) -> Row:
    """What seed 000 has cleanup told."""
    arn = account.state_machine.replace(":stateMachine:", ":execution:")
    given = {"executionArn": f"{arn}:{execution}", "status": "SUCCESS"}
    return given | {"stepFunctionArn": account.state_machine}


def typed(world: World, given: Row, folder: Path) -> Row:
    """The answer to `aws lambda invoke`, as in seed 000."""
    payload, answer = folder / "input.json", folder / "answer.json"
    payload.write_text(json.dumps(given))
    world.run(
        *("aws", "lambda", "invoke", "--function-name", world.account.outputs["cleanup_function"]),
        *("--payload", f"fileb://{payload}", str(answer)),
    )
    said: Row = json.loads(answer.read_text())
    return said


def has_left(account: Account, batch_id: str, wanted: list[int]) -> bool:
    """Whether so many calls of cleanup have left so many files in landing."""
    answers = lines_of(account, "cleanup", "answer")
    return wanted == [a["left"] for a in answers if a["batch_id"] == batch_id and "left" in a]


def assert_an_alarm_looks_at(account: Account, metric: str) -> None:
    """A metric of cleanup reaches the topic."""
    pages = account.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
    (alarm,) = [alarm for alarm in alarms if alarm.get("MetricName") == metric]
    assert alarm["AlarmActions"] == [account.outputs["topic_arn"]]
    assert alarm["Dimensions"] == [
        {"Name": "service", "Value": account.outputs["cleanup_function"]}
    ]

"""Functions that fail: nothing they were told of is lost, and nothing counts twice afterwards."""

from __future__ import annotations

import json

from tests.e2e.account import Account, Row
from tests.e2e.acts import hold
from tests.e2e.deliveries import (
    SWEEP,
    deliver,
    impatient,
    rings,
    said,
    switched_off,
    taken,
    unplugged,
    until_delivered,
)
from tests.e2e.shop import a_shop
from tests.e2e.world import World

BROKEN = {"ORDERS_STATE_TABLE": ""}
"""Settings with which every invocation raises."""


def test_a_gate_that_fails_for_a_while_gets_the_events_again(world: World) -> None:
    shop, account = a_shop(), world.account
    before = len(failures(world))
    with switched_off(account, SWEEP), impatient(account):
        with world.settings("gate_function", **BROKEN):
            world.drop(shop.files(orders=2))
            world.until("the gate has failed", lambda: len(failures(world)) > before)
            assert world.batches() == []
        (batch,) = world.at_rest()
    assert (batch["files"], batch["validate_outcome"]) == (3, "accepted")
    assert not rings(account, "landing_events")
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_events_that_a_broken_gate_gave_up_ring_and_the_sweep_or_a_redrive_brings_the_files(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    letters = account.outputs["dead_letter_queues"]
    with switched_off(account, SWEEP):
        with impatient(account), world.settings("gate_function", **BROKEN):
            with unplugged(account):  # then they are delivered together, which takes less time
                versions = world.drop(shop.files(orders=2))
            world.until("the events are given up", lambda: dead(world, "landing_events") == 3)
            account.client("lambda").invoke(
                FunctionName=account.outputs["gate_function"],
                InvocationType="Event",
                Payload=json.dumps({"sweep": True}),
            )
            world.until("the sweep is given up", lambda: dead(world, "gate") == 1)
        assert rings(account, "landing_events")
        assert rings(account, "gate")
        unknown = {version.version_id for version in versions}
        assert not [row for row in world.files() if row["version_id"] in unknown]
        first, *others = taken(account, letters["landing_events"])
        deliver(account, [first])  # a redrive: the emulator has no StartMessageMoveTask
        until_delivered(world)
        (sweep,) = map(json.loads, taken(account, letters["gate"]))
        assert world.invoke("gate_function", sweep)["found"] == 2
    (batch,) = world.at_rest()
    deliver(account, others)
    until_delivered(world)
    assert world.at_rest() == [batch]
    assert batch["files"] == 3
    assert not rings(account, "landing_events")
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_poisoned_message_ends_among_the_dead_letters_and_holds_up_no_other(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    poison = json.dumps({"source": "aws.s3", "detail-type": "Object Deleted", "detail": {}})
    with impatient(account):
        deliver(account, [poison, "no JSON \N{SNOWMAN}"])
        (note,) = world.drop({f"orders/{shop.number}.docx": b"not orders"})
        world.until_noted()
        world.until("they are given up", lambda: dead(world, "landing_events") == 2)
    assert rings(account, "landing_events")
    letters = taken(account, account.outputs["dead_letter_queues"]["landing_events"])
    assert sorted(letters) == sorted([poison, "no JSON \N{SNOWMAN}"])
    world.sweep()
    world.at_rest()
    assert world.archived(note).startswith("archive/invalid/refused/")
    assert any("no event of S3" in line["exception"] for line in failures(world, POISONED))


def test_a_cleanup_that_fails_leaves_the_batch_to_the_sweep_and_the_next_one_waits(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    landing = account.landing
    with switched_off(account, SWEEP):
        with world.settings("cleanup_function", **BROKEN):
            world.drop(shop.files(orders=2))
            name = world.until_batch("FINISHING")["execution"]
            ended = world.until_execution_ends(name)
            assert (ended["status"], ended["error"]) == ("FAILED", "CleanupFailed")
            world.until("the rule's call is given up", lambda: dead(world, "cleanup") == 1)
            world.drop(shop.files(orders=[3], name="next"))
            world.until_batch("WAITING")
        stuck, following = world.batches()
        assert (stuck["state"], following["state"]) == ("FINISHING", "WAITING")
        assert len(account.versions(landing, "landing/")) == 6
        assert "accepted" in world.mails(stuck["sk"])[0].subject
        assert rings(account, "cleanup")
        world.sweep()
        stuck, following = world.at_rest()
    (event,) = map(json.loads, taken(account, account.outputs["dead_letter_queues"]["cleanup"]))
    assert world.invoke("cleanup_function", event)["state"] == "DONE"
    assert (stuck["run"], stuck["ending"], following["run"]) == (1, "SUCCESS", 1)
    assert len(world.mails(stuck["sk"])) == 1
    assert world.kpis(shop.day)[0]["total_orders"] == 3


def test_a_closing_that_died_when_its_manifest_was_written_is_finished_by_the_sweep(
    world: World,
) -> None:
    shops, account = (a_shop(), a_shop()), world.account
    with (
        switched_off(account, SWEEP),
        world.acts("validate", hold("before:leave_verdict")) as held,
    ):
        world.drop(shops[0].files(orders=2))
        world.until("the first batch is in the middle of its work", held.is_held)
        world.drop(shops[1].files(orders=2))
        closed = world.until_batch("WAITING")
        until_delivered(world)
        leave_in_the_closing(account, closed["sk"])
        world.sweep()
        assert world.batches()[1] == closed
        held.go_on()
        first, second = world.at_rest()
    assert (first["files"], second["files"]) == (3, 3)
    assert [world.kpis(shop.day)[0]["total_orders"] for shop in shops] == [2, 2]


def leave_in_the_closing(account: Account, batch_id: str) -> None:
    """As a gate leaves a batch that dies after it has written the manifest."""
    table = {"TableName": account.outputs["state_table"]}
    dynamodb, (gate,) = account.client("dynamodb"), account.state()["gate"]
    dynamodb.update_item(
        **table,
        Key={"pk": {"S": "batch"}, "sk": {"S": batch_id}},
        UpdateExpression="SET #state = :sealed REMOVE #manifest, #files, #bytes",
        ExpressionAttributeNames={f"#{n}": n for n in ("state", "manifest", "files", "bytes")},
        ExpressionAttributeValues={":sealed": {"S": "SEALED"}},
    )
    dynamodb.update_item(
        **table,
        Key={name: {"S": gate[name]} for name in ("pk", "sk")},
        UpdateExpression="SET closing = :batch",
        ExpressionAttributeValues={":batch": {"S": batch_id}},
    )


def dead(world: World, hop: str) -> int:
    """How many dead letters a hop has."""
    return world.account.dead_letters()[hop]


POISONED = "an arrival could not be noted"


def failures(world: World, message: str = "the invocation failed") -> list[Row]:
    """What the gate said of its failures."""
    return said(world.account, "gate", message)

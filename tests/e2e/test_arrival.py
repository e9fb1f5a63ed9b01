"""How files come: told twice, out of order, at once, late, never; each version counts once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.acts import hold
from tests.e2e.deliveries import (
    LANDING,
    SWEEP,
    deliver,
    said,
    switched_off,
    taken,
    unplugged,
    until_delivered,
    without_state_machine,
)
from tests.e2e.ledger import Version
from tests.e2e.shop import a_shop
from tests.e2e.world import World


def test_events_that_come_thrice_in_any_order_and_after_the_end_make_one_batch(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with unplugged(account):
        versions = world.drop(shop.files(orders=2))
        queue = account.landing_queue
        world.until("the events are in the queue", lambda: account.depth(queue) == len(versions))
        events = taken(account, queue)
        deliver(account, [*reversed(events), *events])
    (batch,) = world.at_rest()
    deliver(account, events)
    until_delivered(world)
    assert world.at_rest() == [batch]
    assert (batch["files"], batch["run"]) == (3, 1)
    assert len(world.mails(batch["sk"])) == 1
    assert world.kpis(shop.day)[0]["total_orders"] == 2
    noted = [line for line in said(account, "gate", "arrival noted") if is_of(line, versions)]
    assert Counter(line["became"] for line in noted) == {"WaitingNoted": 3, "KnownFiles": 6}


def test_thirty_uploads_at_once_are_each_in_one_batch(world: World) -> None:
    shops = [a_shop() for _ in range(10)]
    files = {key: body for shop in shops for key, body in shop.files(orders=1).items()}
    with ThreadPoolExecutor(len(files)) as people:
        versions = list(people.map(lambda key: world.put(key, files[key]), files))
    world.until_noted()
    world.until("no file waits for others", lambda: not (world.close() or waiting(world)))
    batches = world.at_rest(timeout=400)
    assert sum(batch["files"] for batch in batches) == len(versions) == 30
    assert {batch["validate_outcome"] for batch in batches} == {"accepted"}
    assert all(len(world.mails(batch["sk"])) == 1 for batch in batches)
    assert [world.kpis(shop.day)[0]["total_orders"] for shop in shops] == [1] * 10


def test_a_key_overwritten_while_its_batch_runs_is_two_files_and_the_newer_wins(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with world.acts("transform", hold("before:merge_orders")) as held:
        old = world.drop(shop.files(orders=2, status="shipped"))
        world.until("the batch is in the middle of its work", held.is_held)
        new = world.drop(shop.files(orders=2, status="cancelled"))
        world.until_batch("WAITING")
        held.go_on()
        first, second = world.at_rest()
    assert [version.key for version in old] == [version.key for version in new]
    for versions, batch in ((old, first), (new, second)):
        for version in versions:
            place = world.archived(version)
            assert place.startswith(f"archive/processed/{batch['sk']}/")
            assert account.content(account.landing, place) == version.content.read_bytes()
    day, _ = world.kpis(shop.day)
    assert (day["total_orders"], day["cancelled_orders"]) == (2, 2)


def test_a_file_that_comes_between_closing_and_start_goes_into_the_next_batch(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    with switched_off(account, SWEEP), without_state_machine(world):
        world.drop(shop.files(orders=2))
        closed = world.until_batch("RUNNING")
        until_delivered(world)
        assert said(account, "gate", REFUSED_START)
        assert closed["execution"] not in names(world)
        late = world.put(f"orders/{shop.number}_late.csv", shop.files([3])[orders_of(shop.number)])
        world.until_noted()
    until_delivered(world)
    assert world.batch()["files"] == 3
    world.sweep()
    assert closed["execution"] in names(world)
    world.close()
    first, second = world.at_rest()
    assert (first["execution"], first["run"]) == (closed["execution"], 1)
    assert (second["files"], second["closed_by"]) == (1, "request")
    assert world.archived(late).startswith(f"archive/processed/{second['sk']}/")
    assert world.kpis(shop.day)[0]["total_orders"] == 3


def test_an_incomplete_batch_is_closed_at_the_deadline(world: World) -> None:
    shop = a_shop()
    orders = orders_of(shop.number)
    world.put(orders, shop.files(orders=2)[orders])
    world.until_noted()
    assert world.sweep()["closed"] == []
    assert world.batches() == []
    with world.settings("gate_function", ORDERS_DEADLINE_SECONDS="1"):
        world.until("the deadline has passed", lambda: world.sweep()["closed"] or world.batches())
    (batch,) = world.at_rest()
    assert (batch["closed_by"], batch["files"]) == ("deadline", 1)
    assert batch["validate_outcome"] == "accepted"
    (mail,) = world.mails(batch["sk"])
    assert "accepted" in mail.subject
    day, categories = world.kpis(shop.day)
    assert (day["total_orders"], day["total_items_sold"], categories) == (2, 0, {})


def test_the_sweep_finds_what_no_event_told_of_overwritten_and_hidden_too(world: World) -> None:
    shop, account = a_shop(), world.account
    files = shop.files(orders=2)
    bad = f"order_id,what\n{shop.id(1)},2\n".encode()
    with switched_off(account, LANDING, SWEEP):
        versions = world.drop(files | {orders_of(shop.number): bad})
        versions += world.drop(files)
        hidden = {"Bucket": account.landing, "Key": versions[0].key}
        account.client("s3").delete_object(**hidden)
        assert account.depth(account.landing_queue) == 0
        assert world.sweep()["found"] == len(versions) == 6
    (batch,) = world.at_rest()
    assert (batch["files"], batch["validate_outcome"]) == (6, "partial")
    places = Counter(world.archived(version).split("/")[1] for version in versions)
    assert places == {"processed": 5, "invalid": 1}
    (mail,) = world.mails(batch["sk"])
    assert "1 of 6 files rejected" in mail.subject
    assert world.kpis(shop.day)[0]["total_orders"] == 2
    assert any(line["number"] == 6 for line in said(account, "gate", LOST))


def test_what_is_refused_lies_in_the_archive_with_its_reason_and_nobody_waits_for_it(
    world: World,
) -> None:
    shop, account = a_shop(), world.account
    wrong = {
        "does not end with": (f"orders/{shop.number}.xlsx", b"PK"),
        "control": (f"orders/{shop.number}\N{RIGHT-TO-LEFT OVERRIDE}vsc.csv", b"order_id\n1\n"),
        "more than 30": (f"orders/{shop.number}_large.csv", b"order_id\n" + b"1\n" * 20),
    }
    before = len(world.mailbox.received())
    with switched_off(account, SWEEP):
        with world.settings("gate_function", ORDERS_MAX_FILE_BYTES="30"):
            versions = {why: world.put(*file) for why, file in wrong.items()}
            world.until_noted()
        world.sweep()
    world.at_rest()
    assert world.batches() == []
    (mail,) = world.mailbox.received()[before:]
    assert "3 files refused" in mail.subject
    assert mail.text.isascii()
    for why, version in versions.items():
        place = world.archived(version)
        assert place.startswith(f"archive/invalid/refused/{version.version_id}/orders/")
        lying = account.client("s3").head_object(Bucket=account.landing, Key=place)
        assert why in lying["Metadata"]["reason"]
        assert why in mail.text


REFUSED_START = "closing or starting a batch failed and is left to the sweep"
LOST = "versions were found whose event was lost or late"


def orders_of(number: int) -> str:
    """The key of a shop's usual file of orders."""
    return f"orders/{number}_a.csv"


def waiting(world: World) -> list[str]:
    """The keys that wait for a batch."""
    return [row["key"] for row in world.files() if row["state"] == "WAITING"]


def names(world: World) -> list[str]:
    """The executions."""
    return [execution["name"] for execution in world.account.executions()]


def is_of(line: dict[str, str], versions: list[Version]) -> bool:
    """Whether a line of the gate tells of one of these versions."""
    return line["version_id"] in {version.version_id for version in versions}

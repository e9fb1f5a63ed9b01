"""Batches that are accepted in part, or not at all: told, archived, ended and followed rightly."""

from __future__ import annotations

from decimal import Decimal

from tests.e2e.shop import a_shop
from tests.e2e.world import World


def test_a_bad_record_is_quarantined_and_the_batch_ends_green_and_partial(world: World) -> None:
    shop = a_shop()
    orders, items, products = world.drop(shop.files(orders=30, bad=1))[::-1]
    (batch,) = world.at_rest()
    assert (batch["validate_outcome"], batch["transform_outcome"]) == ("partial", "done")
    assert world.account.execution(batch["execution"])["status"] == "SUCCEEDED"
    (mail,) = world.mails(batch["sk"])
    assert "partial" in mail.subject
    assert "1 record quarantined" in mail.subject
    assert "customer_id" in mail.text
    assert {world.archived(v).split("/")[1] for v in (orders, items, products)} == {"processed"}
    day, categories = world.kpis(shop.day)
    assert (day["total_orders"], day["total_revenue"]) == (30, Decimal(300))
    assert categories.keys() == {shop.category}


def test_a_rejected_file_goes_to_invalid_and_the_others_of_its_batch_count(world: World) -> None:
    shop = a_shop()
    files = shop.files(orders=2) | {"orders/second.csv": b"order_id,what\n1,2\n"}
    versions = {version.key: version for version in world.drop(files)}
    (batch,) = world.at_rest()
    assert batch["validate_outcome"] == "partial"
    assert world.account.execution(batch["execution"])["status"] == "SUCCEEDED"
    places = {key: world.archived(version).split("/")[1] for key, version in versions.items()}
    assert places.pop("landing/orders/second.csv") == "invalid"
    assert set(places.values()) == {"processed"}
    (mail,) = world.mails(batch["sk"])
    assert "1 of 4 files rejected" in mail.subject
    assert "orders/second.csv" in mail.text
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_rejected_batch_ends_red_and_the_next_tells_what_came_again_unchanged(
    world: World,
) -> None:
    shop = a_shop()
    broken = shop.broken_files()
    versions = world.drop(broken)
    (rejected,) = world.at_rest()
    assert rejected["validate_outcome"] == "rejected"
    assert "transform_outcome" not in rejected
    execution = world.account.execution(rejected["execution"])
    assert (execution["status"], execution["error"]) == ("FAILED", "DataRejected")
    assert {world.archived(version).split("/")[1] for version in versions} == {"invalid"}
    (mail,) = world.mails(rejected["sk"])
    assert "rejected" in mail.subject
    assert "3 of 3 files rejected" in mail.subject
    assert world.kpis(shop.day) == ({}, {})

    unchanged = {key: body for key, body in broken.items() if not key.startswith("orders/")}
    dropped = world.drop(shop.files(orders=2) | unchanged)
    _, accepted = world.at_rest()
    assert accepted["validate_outcome"] == "accepted"
    assert {world.archived(version).split("/")[1] for version in dropped} == {"processed"}
    (mail,) = world.mails(accepted["sk"])
    assert ", 2 files rejected before, 1 day changed" in mail.subject
    assert f"in batch {rejected['sk']} (too_many_bad_records), and unchanged: " in mail.text
    assert world.account.execution(accepted["execution"])["status"] == "SUCCEEDED"
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_file_that_cannot_belong_is_told_and_archived_and_holds_up_nothing(world: World) -> None:
    shop = a_shop()
    name = f"{shop.number}_readme.txt"
    (note,) = world.drop({f"orders/{name}": b"these are the orders of Monday"})
    world.drop(shop.files(orders=2))
    world.until_noted()
    world.sweep()
    (batch,) = world.at_rest()
    assert batch["validate_outcome"] == "accepted"
    assert world.archived(note) == f"archive/invalid/refused/{note.version_id}/orders/{name}"
    refused = [mail for mail in world.mailbox.received() if "refused" in mail.subject]
    assert len([mail for mail in refused if name in mail.text]) == 1

"""Tasks that are killed, one attempt after the other, at each effect that others see.

Between two effects a task leaves nothing (`tests/pipeline/aws/test_effects.py`): dead before an
effect it leaves what it leaves dead after the one before. So each such moment is met once, under
either name. `after:` meets the first effect of that name; where there are more (transactions,
marts, tables of the history), `before:` the next name stands for the end of all, and one is met in
their middle (`publish_marts#3`: two of the marts are published). Left out is `before:` the first
effect of a task: that is a task that never started (`test_tasks.py`).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.e2e.account import Row
from tests.e2e.acts import KILLED, kill
from tests.e2e.shop import Files, Shop, a_csv, a_shop
from tests.e2e.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
CRASHED = 1
"""Of a container whose job was killed, but that does not end as if its memory had run out."""
IN_A_TRANSACTION = 99


def codes(world: World, batch: Row, job: str) -> list[int]:
    """The exit codes of a job's attempts."""
    tasks = world.account.attempts(batch["sk"], job)
    return [task["containers"][0]["exitCode"] for task in tasks]


def test_a_validation_killed_at_each_effect_leaves_one_verdict_and_one_mail(world: World) -> None:
    shop = a_shop()
    kills = [kill("after:keep_history", code=CRASHED), kill("after:leave_outcome")]
    with world.acts("validate", *kills):
        world.drop(shop.broken_files())
        (rejected,) = world.at_rest()
    assert codes(world, rejected, "validate") == [CRASHED, KILLED]
    ended = world.account.execution(rejected["execution"])
    assert (ended["status"], ended["error"]) == ("FAILED", "DataRejected")

    moments = ("register_files", "upload_staged", "leave_verdict")
    kills = [*(kill(f"after:{effect}") for effect in moments), kill("after:leave_outcome", code=9)]
    with (
        world.acts("validate", *kills),
        world.acts("transform", kill("after:drop_history", code=CRASHED)),
    ):
        world.drop(shop.files(orders=2))
        _, accepted = world.at_rest()
    assert codes(world, accepted, "validate") == [KILLED, KILLED, KILLED, 9]
    assert codes(world, accepted, "transform") == [CRASHED, 0]
    assert accepted["validate_outcome"] == "accepted"
    assert world.account.execution(accepted["execution"])["status"] == "SUCCEEDED"
    (mail,) = world.mails(accepted["sk"])
    assert "accepted" in mail.subject
    assert world.kpis(shop.day)[0]["total_orders"] == 2


def test_a_transform_killed_after_each_commit_fails_then_goes_on_where_it_died(
    world: World,
) -> None:
    shop, other = a_shop(), a_shop()
    world.drop(shop.files(orders=3))
    world.at_rest()
    before = world.kpis(shop.day)

    early = [kill(f"after:{effect}") for effect in ("draw_fence", "create_tables", "open_outbox")]
    merges = ("merge_products", "merge_orders", "merge_order_items", "repair_item_days")
    late = [kill(f"after:{effect}", code=CRASHED) for effect in merges]
    announced = kill("before:publish_order_kpis", code=CRASHED)
    with world.acts("transform", *early, *late, announced):
        versions = world.drop(an_order_that_moves(shop, other))
        world.until_batch("RUNNING")
        failed = world.until_batch("FAILED", "DONE", timeout=600)
    world.until_execution_ends(failed["execution"])
    assert codes(world, failed, "transform") == [KILLED] * 3 + [CRASHED] * 5
    assert world.kpis(shop.day) == before
    assert not any(world.archived(version) for version in versions)
    (mail,) = world.mails(failed["sk"])
    assert "TRANSFORMATION_FAILED" in mail.subject
    assert f"scripts/start_batch.sh --again {failed['sk']}" in mail.text

    tables = [kill(f"after:publish_{which}_kpis") for which in ("order", "category")]
    rest = [kill("before:publish_marts")]
    moments = ("publish_marts#3", "close_outbox", "write_history#2", "keep_verdict")
    rest += [kill(f"before:{moment}", code=CRASHED) for moment in moments]
    with world.acts("transform", *tables, *rest):
        world.run("scripts/start_batch.sh", "--again", failed["sk"])
        _, healed = world.at_rest(timeout=600)
    assert (healed["sk"], healed["run"]) == (failed["sk"], 2)
    assert codes(world, healed, "transform")[8:] == [KILLED] * 3 + [CRASHED] * 4 + [0]
    assert [world.kpis(one.day)[0]["total_orders"] for one in (shop, other)] == [2, 2]
    assert world.kpis(other.day)[1][shop.category]["daily_revenue"] == Decimal(20)


def test_a_publication_killed_between_two_transactions_is_made_whole(world: World) -> None:
    shop = a_shop()
    kills = [
        *map(kill, ("after:publish_items", "after:publish_marts", "after:close_outbox")),
        *(
            kill(f"after:{effect}", code=CRASHED)
            for effect in ("write_history", "keep_verdict", "close_batch")
        ),
        kill("after:leave_outcome"),
    ]
    with world.acts("transform", *kills):
        world.drop(shop.many_categories(120, orders=30, bad=1))
        seen = world.until("a part of the day is published", lambda: world.items(shop.day), 180)
        assert len(seen) == IN_A_TRANSACTION
        (batch,) = world.at_rest(timeout=600)
    assert codes(world, batch, "transform") == [KILLED] * 3 + [CRASHED] * 3 + [KILLED]
    assert world.account.execution(batch["execution"])["status"] == "SUCCEEDED"
    (mail,) = world.mails(batch["sk"])
    # Who published it died, and what it changed is told all the same.
    assert "1 day changed" in mail.subject
    assert len(world.items(shop.day)) == 120 + 1


def an_order_that_moves(shop: Shop, other: Shop) -> Files:
    """The shop's third order is one of another day now, its product changed, a fourth is new."""
    # Its item does not come again, so that it takes over the other day by the repair.
    return shop.files([3, 4], name="b", at=f"{other.day}T10:00:00") | {
        f"order_items/{shop.number}_b.csv": a_csv([shop.item(4)]),
        f"products/{shop.number}_b.csv": a_csv([shop.product(cost="6.00")]),
    }

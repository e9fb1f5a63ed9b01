"""Attempts that die, meet each other, or go on when their time is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.table import Update
from spark_jobs.facts import effects
from spark_jobs.facts.aws import BatchState, Task
from spark_jobs.facts.errors import FencedOutError
from spark_jobs.facts.words import Outcome
from spark_jobs.pipeline import run_batch
from spark_jobs.publish.changes import KpiChanges
from tests.builders import a_shop_file, an_order
from tests.pipeline.aws.cloud import Cloud
from tests.pipeline.shop import (
    MORNING,
    a_landing,
    contents,
    lake_of,
    orders_with_bad_ones,
    received,
    rows,
)

MOMENTS = {
    Task.VALIDATE: (
        "after:register_files",
        "after:upload_staged",
        "after:leave_verdict",
        "before:leave_outcome",
    ),
    Task.TRANSFORM: (
        "after:draw_fence",
        "after:merge_orders",
        "before:publish_items",
        "after:publish_items",
        "after:close_outbox",
        "after:close_batch",
        "before:leave_outcome",
    ),
}


class KilledError(BaseException):
    """Nobody catches it, as nobody catches a SIGKILL."""


At = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Something happens at a named moment, the first time it is reached."""
    waiting: dict[str, Callable[[], object]] = {}

    def reached(moment: str) -> None:
        waiting.pop(moment, lambda: None)()

    monkeypatch.setattr(effects, "_kill_at", reached)
    return waiting.__setitem__


def kill() -> None:
    raise KilledError


def a_mixed_landing(folder: Path) -> Path:
    """A clean shop, and a file with one bad record of forty."""
    a_landing(folder)
    a_shop_file(folder / "orders" / "b.csv", orders_with_bad_ones(39, 1)[1:])
    return folder


def test_a_batch_killed_again_and_again_leaves_what_one_attempt_leaves(
    cloud: Cloud, at: At, tmp_path: Path
) -> None:
    landing = a_mixed_landing(tmp_path / "in")
    batch_id = cloud.drop(landing, MORNING)
    for task, moments in MOMENTS.items():
        for moment in moments:
            at(moment, kill)
            with pytest.raises(KilledError):
                cloud.run(task, batch_id)
            assert f"{task}_outcome" not in cloud.row(batch_id)
        assert cloud.run(task, batch_id) in (Outcome.PARTIAL, Outcome.DONE)
    told = run_batch(cloud.engine, landing, tmp_path / "lake", options=received()).transform
    local = lake_of(cloud.engine, tmp_path / "lake")
    assert contents(cloud.engine) == contents(local)
    # Attempts that died after publishing are told of as well.
    assert told
    assert told.changes
    assert cloud.changes(batch_id) == KpiChanges(told.changes, told.categories)
    assert f"{len(told.changes)} day" in cloud.row(batch_id)["alert_subject"]
    assert len(rows(cloud.engine, "quarantine")) == 1
    assert [len(items) for items in cloud.kpis()] == [1, 1]
    assert len(rows(cloud.engine, "batches")) == 1
    assert list(cloud.work.iterdir()) == []


def test_of_two_attempts_at_once_the_first_verdict_counts(
    cloud: Cloud, at: At, tmp_path: Path
) -> None:
    batch_id = cloud.drop(a_mixed_landing(tmp_path / "in"), MORNING)
    at("before:leave_verdict", lambda: cloud.run(Task.VALIDATE, batch_id))
    assert cloud.run(Task.VALIDATE, batch_id) is Outcome.PARTIAL
    document = cloud.verdict(batch_id)
    named = {one["key"] for one in document["objects"]} | {f"staged/{batch_id}/r1/verdict.json"}
    assert set(cloud.keys(f"staged/{batch_id}/")) == named
    assert all(f"/r1/{document['attempt']}/" in one["key"] for one in document["objects"])
    assert cloud.run(Task.TRANSFORM, batch_id) is Outcome.DONE


@pytest.mark.parametrize("moment", ["after:register_files", "after:merge_products"])
def test_who_lost_the_lease_writes_nothing_more(
    cloud: Cloud, at: At, tmp_path: Path, moment: str
) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)
    before = cloud.run(Task.VALIDATE, batch_id)
    assert before is Outcome.ACCEPTED
    at(moment, lambda: cloud.give_lease_to("another-r1"))
    at("before:publish_items", lambda: pytest.fail("it publishes"))
    task = Task.TRANSFORM
    if moment == "after:register_files":  # the next batch's validate: its history is refused
        cloud.end(batch_id)
        a_shop_file(tmp_path / "bad" / "orders" / "x.csv", orders_with_bad_ones(1, 9))
        batch_id, task = cloud.drop(tmp_path / "bad", MORNING), Task.VALIDATE
    with pytest.raises(FencedOutError):
        cloud.run(task, batch_id)
    assert f"{task}_outcome" not in cloud.row(batch_id)
    assert cloud.kpis() == [[], []]
    assert list(cloud.table.all("history")) == []
    if task is Task.TRANSFORM:
        assert rows(cloud.engine, "orders") == []


def test_a_publisher_that_lost_the_fence_changes_no_item(
    cloud: Cloud, at: At, tmp_path: Path
) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)
    cloud.run(Task.VALIDATE, batch_id)
    at("before:publish_items", lambda: cloud.give_lease_to("another-r1"))
    with pytest.raises(FencedOutError):
        cloud.run(Task.TRANSFORM, batch_id)
    assert cloud.kpis() == [[], []]
    cloud.give_lease_to(cloud.row(batch_id)["execution"])
    assert cloud.run(Task.TRANSFORM, batch_id) is Outcome.DONE
    assert [len(items) for items in cloud.kpis()] == [1, 1]


@pytest.mark.parametrize("state", [BatchState.FINISHING, BatchState.FAILED])
def test_who_comes_after_the_end_has_begun_leaves_no_outcome(
    cloud: Cloud, at: At, tmp_path: Path, state: BatchState
) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)
    ended = Update(batch_key(batch_id), set={"state": state})
    at("before:leave_outcome", lambda: cloud.table.write(ended))
    with pytest.raises(FencedOutError):
        cloud.run(Task.VALIDATE, batch_id)
    row = cloud.row(batch_id)
    assert row["state"] == state
    assert not {"validate_outcome", "validate_code", "verdict"} & row.keys()


def test_an_outcome_that_stands_counts_after_the_end_has_begun(
    cloud: Cloud, at: At, tmp_path: Path
) -> None:
    batch_id = cloud.drop(a_landing(tmp_path / "in"), MORNING)

    def ended() -> None:
        cloud.run(Task.VALIDATE, batch_id)
        cloud.table.write(Update(batch_key(batch_id), set={"state": BatchState.FINISHING}))

    at("before:leave_outcome", ended)
    assert cloud.run(Task.VALIDATE, batch_id) is Outcome.ACCEPTED


def test_a_second_run_of_a_batch_judges_its_own_contents_again(
    cloud: Cloud, at: At, tmp_path: Path
) -> None:
    landing = a_landing(tmp_path / "in")
    batch_id = cloud.drop(landing, MORNING)
    cloud.run(Task.VALIDATE, batch_id)
    at("after:close_batch", kill)
    with pytest.raises(KilledError):
        cloud.run(Task.TRANSFORM, batch_id)
    before = cloud.kpis(), contents(cloud.engine), cloud.changes(batch_id)
    assert before[2] != KpiChanges()
    cloud.again(batch_id)
    assert cloud.run_both(batch_id) == [Outcome.ACCEPTED, Outcome.DONE]
    assert [file["verdict"] for file in cloud.verdict(batch_id)["files"]] == ["accepted"] * 3
    assert (cloud.kpis(), contents(cloud.engine), cloud.changes(batch_id)) == before
    a_shop_file(landing / "orders" / "b.csv", [an_order("2")])
    later = cloud.drop(landing, MORNING)
    assert cloud.run_both(later) == [Outcome.ACCEPTED, Outcome.DONE]
    told = {file["name"]: file["verdict"] for file in cloud.verdict(later)["files"]}
    assert told == {
        "orders/a.csv": "skipped",
        "orders/b.csv": "accepted",
        "order_items/a.csv": "skipped",
        "products/a.csv": "skipped",
    }

"""Cleanup dies before and after every call it makes, is called twice, and two at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.table import Update
from step_functions.lambdas.cleanup import telling
from tests.lambdas.cleanup.stage import BATCH, Crash, Stage

OUTCOMES: dict[str, dict[str, Any]] = {
    "done": {"validate_outcome": "partial", "transform_outcome": "done"},
    "failed": {"validate_outcome": "accepted"},
}
VERDICTS = {
    "done": {"a": "accepted", "b": "rejected"},
    "failed": {"a": "accepted"},
}


def prepare(stage: Stage, ending: str) -> None:
    """A batch that runs no more, and another that waits."""
    stage.has_batch("RUNNING", verdict=stage.has_verdict(**VERDICTS[ending]), **OUTCOMES[ending])
    stage.stop()
    stage.has_next()


def at_call(number: int, act: Callable[[], object]) -> Callable[[str], None]:
    """A hook that acts at the n-th call only, whichever thread makes it."""
    lock, seen = threading.Lock(), [0]

    def hook(operation: str) -> None:
        with lock:
            seen[0] += 1
            now = seen[0] == number
        if now:
            act()

    return hook


def die() -> None:
    raise Crash


def comparable(stage: Stage) -> dict[str, object]:
    """What is seen, without version ids, which differ from stage to stage."""
    seen = stage.seen()
    return seen | {"archive": sorted(k.rpartition("/")[2] for k in seen["archive"])}


@pytest.fixture
def begin(
    stages: type[Stage], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Stage]:
    """A new stage in an emptied AWS."""
    current = [stage]

    def fresh(ending: str) -> Stage:
        moto_api_backend.reset()
        current[0].forget_hooks()
        made = current[0] = stages()
        monkeypatch.setenv("ORDERS_STATE_MACHINE_ARN", made.machine)
        monkeypatch.setenv("ORDERS_TOPIC_ARN", made.topic)
        prepare(made, ending)
        return made

    return fresh


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize("ending", ["done", "failed"])
def test_a_death_at_any_call_ends_as_without(
    ending: str,
    moment: str,
    begin: Callable[[str], Stage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "CLAIM_SECONDS", 0)
    whole = begin(ending)
    calls: list[str] = []
    whole.hook("before-call", calls.append)
    whole.status_change()
    expected = comparable(whole)
    assert len(whole.mails()) == 1
    for number in range(1, len(calls) + 1):
        stage = begin(ending)
        stage.hook(moment, at_call(number, die))
        with pytest.raises(Crash):
            stage.status_change()
        stage.forget_hooks()
        stage.sweep()
        where = f"{moment} of call {number}"
        assert comparable(stage) == expected, where
        sent_unnoted = (moment, calls[number - 1]) == ("after-call", "Publish") or (
            moment == "before-call" and calls[number - 2] == "Publish"
        )
        assert len(stage.mails()) == (2 if sent_unnoted else 1), where


@pytest.mark.slow
def test_a_second_cleanup_at_any_moment_of_the_first_ends_as_one(
    begin: Callable[[str], Stage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "CLAIM_SECONDS", 0)
    whole = begin("done")
    calls: list[str] = []
    whole.hook("before-call", calls.append)
    whole.status_change()
    expected = comparable(whole)
    for number in range(1, len(calls) + 1):
        stage = begin("done")
        stage.hook("before-call", at_call(number, stage.status_change))
        answer = stage.status_change()
        where = f"at call {number}: {calls[number - 1]}"
        assert comparable(stage) == expected, where
        assert not {"left", "gone"} & answer.keys(), where
        # Only who has claimed the alert and does not get on is overtaken.
        claimed = calls.index("Publish")
        assert len(stage.mails()) <= (2 if claimed < number <= claimed + 2 else 1), where


def test_by_hand_twice_and_late_it_is_harmless(stage: Stage) -> None:
    prepare(stage, "done")
    stage.status_change()
    before = stage.seen()
    for answer in (stage.cleanup(), stage.status_change("FAILED"), stage.cleanup("SUCCESS")):
        assert (answer["batch_id"], answer["state"], answer["more"]) == (BATCH, "DONE", False)
    assert stage.seen() == before
    assert len(stage.mails()) == 1


def test_who_meets_a_fresh_claim_waits_for_its_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(stage, "failed")
    waits: list[float] = []

    def other_tells(seconds: float) -> None:
        waits.append(seconds)
        stage.table.write(_told())

    monkeypatch.setattr(time, "sleep", other_tells)
    stage.table.write(_claimed())
    assert stage.status_change()["state"] == "FAILED"
    assert len(waits) == 1
    assert stage.mails() == []


@pytest.mark.parametrize(("ended", "state"), [("failed", "FAILED"), ("done", "DONE")])
def test_a_mail_that_fails_does_not_keep_the_batch_and_is_sent_later(
    ended: str, state: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(stage, ended)
    monkeypatch.setenv("ORDERS_TOPIC_ARN", f"{stage.topic}-missing")
    assert stage.status_change()["state"] == state
    assert "alerted_at" not in stage.batch()
    assert "waiting" in stage.batch()  # for the sweep
    monkeypatch.setenv("ORDERS_TOPIC_ARN", stage.topic)
    stage.status_change()
    assert "alerted_at" in stage.batch()
    assert ("waiting" in stage.batch()) == (state == "FAILED")
    assert len(stage.mails()) == 1


def _claimed() -> Update:
    return Update(batch_key(BATCH), set={"alerted_at_claim": datetime.now(UTC).isoformat()})


def _told() -> Update:
    return Update(batch_key(BATCH), set={"alerted_at": "now"}, remove=["alerted_at_claim"])

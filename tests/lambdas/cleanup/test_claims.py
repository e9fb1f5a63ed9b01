"""The alert that the state machine has claimed as it marked the batch finishing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.table import Update
from step_functions.lambdas.cleanup import telling
from tests.lambdas.cleanup.metrics import metrics
from tests.lambdas.cleanup.stage import BATCH, Stage

ENDINGS: dict[str, tuple[dict[str, Any], str]] = {
    "done": ({"validate_outcome": "accepted", "transform_outcome": "done"}, "DONE"),
    "failed": ({"validate_outcome": "accepted"}, "FAILED"),
}
endings = pytest.mark.parametrize(("outcomes", "state"), ENDINGS.values(), ids=ENDINGS)


@pytest.fixture
def waits(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What cleanup waits; nobody does anything meanwhile."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def is_claimed(stage: Stage, outcomes: dict[str, Any]) -> None:
    """The batch is marked finishing, and its state machine about to tell."""
    claim: dict[str, Any] = {"alerted_at_claim": f"{BATCH}-r1"}
    stage.has_batch(verdict=stage.has_verdict(a="accepted"), **outcomes, **claim)


@endings
def test_cleanup_by_hand_leaves_the_alert_to_the_state_machine_that_sends_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, outcomes: dict[str, Any], state: str
) -> None:
    is_claimed(stage, outcomes)

    def the_machine_marks_it(_: float) -> None:
        told = Update(batch_key(BATCH), set={"alerted_at": "now"}, remove=["alerted_at_claim"])
        stage.table.write(told)

    monkeypatch.setattr(time, "sleep", the_machine_marks_it)
    assert stage.cleanup()["state"] == state
    assert stage.mails() == []


@endings
def test_an_alert_that_its_state_machine_is_long_about_to_send_is_left_to_it_and_asked_for_later(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    outcomes: dict[str, Any],
    state: str,
) -> None:
    monkeypatch.setattr(telling, "PATIENCE_SECONDS", 0.0)
    is_claimed(stage, outcomes)
    assert stage.cleanup()["state"] == state
    assert stage.mails() == []
    assert "waiting" in stage.batch()  # for the sweep
    assert "AlertsFailed" not in metrics(capsys)
    stage.stop()
    stage.status_change()
    assert len(stage.mails()) == 1
    assert ("waiting" in stage.batch()) == (state == "FAILED")
    stage.status_change()
    assert stage.mails() == []


@endings
def test_an_alert_whose_state_machine_died_before_it_told_is_told_at_once(
    stage: Stage, waits: list[float], outcomes: dict[str, Any], state: str
) -> None:
    is_claimed(stage, outcomes)
    stage.stop()
    assert stage.status_change()["state"] == state
    assert (len(stage.mails()), waits) == (1, [])
    assert "alerted_at" in stage.batch()


def test_an_alert_that_the_state_machine_gave_back_is_told_while_it_runs(
    stage: Stage, waits: list[float]
) -> None:
    is_claimed(stage, ENDINGS["failed"][0])
    stage.table.write(Update(batch_key(BATCH), remove=["alerted_at_claim"]))
    stage.cleanup("TRANSFORMATION_FAILED")
    assert (len(stage.mails()), waits) == (1, [])

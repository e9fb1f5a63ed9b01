"""The moments at which the other tests kill a process."""

import os
import signal

import pytest

from spark_jobs.facts import effects
from spark_jobs.facts.effects import KILL_VARIABLE, Effect, performing


@pytest.mark.parametrize(
    ("moment", "kills"),
    [
        ("before:publish_marts", [1, 1, 1]),
        ("before:publish_marts#2", [0, 1, 1]),
        ("after:publish_marts#3", [0, 0, 1]),
        ("after:publish_marts#4", [0, 0, 0]),
        ("before:publish", [0, 0, 0]),
    ],
)
def test_a_process_dies_when_an_effect_is_reached_so_many_times(
    monkeypatch: pytest.MonkeyPatch, moment: str, kills: list[int]
) -> None:
    killed: list[int] = []
    monkeypatch.setenv(KILL_VARIABLE, moment)
    monkeypatch.setattr(os, "kill", lambda _, number: killed.append(number))
    effects._reached.clear()
    seen = []
    for _ in kills:
        with performing(Effect.PUBLISH_MARTS):
            pass
        seen.append(len(killed))
    assert seen == kills
    assert set(killed) <= {signal.SIGKILL}

"""SIGTERM within a process: raised until the task leaves off, and never while it tidies up."""

from __future__ import annotations

import signal
import time
import weakref
from contextlib import suppress

import pytest

from spark_jobs.cli import stopping
from spark_jobs.cli.stopping import TerminatedError, terminable

LONG = 20.0


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "AGAIN_SECONDS", 0.1)


def terminate(*_: object) -> None:
    """What ECS does."""
    signal.raise_signal(signal.SIGTERM)


class Thing:
    """Something that can be referred to weakly."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_is_lost_in_a_callback_ends_the_task_all_the_same() -> None:
    things = [Thing()]
    reference = weakref.ref(things[0], terminate)

    def work() -> None:
        things.clear()
        time.sleep(LONG)

    began = time.monotonic()
    with pytest.raises(TerminatedError), terminable():
        work()
    assert reference() is None
    assert time.monotonic() - began < LONG / 2


def test_a_signal_that_somebody_catches_ends_the_task_all_the_same() -> None:
    caught = []

    def work() -> None:
        try:
            terminate()
        except KeyboardInterrupt as error:
            caught.append(type(error))
        time.sleep(LONG)

    with pytest.raises(TerminatedError), terminable():
        work()
    assert caught == [TerminatedError]


def test_what_is_open_is_closed_in_peace() -> None:
    closed = []

    def work() -> None:
        try:
            terminate()
        finally:
            with suppress(ValueError):
                int("none")
            for _ in range(3):
                time.sleep(0.2)
            closed.append("whole")

    with pytest.raises(TerminatedError), terminable():
        work()
    assert closed == ["whole"]


def test_an_error_that_comes_of_it_is_not_told_in_its_place() -> None:
    def work() -> None:
        try:
            terminate()
        except KeyboardInterrupt as error:
            raise ValueError from error

    with pytest.raises(TerminatedError), terminable():
        work()


def test_an_error_without_it_is_that_error_and_all_signals_are_as_before() -> None:
    watched = (signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in watched]
    with pytest.raises(ValueError, match="own"), terminable():
        raise ValueError("own")
    with pytest.raises(TerminatedError), terminable():
        terminate()
    assert [signal.getsignal(number) for number in watched] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

"""SIGTERM within a process: raised until the task leaves off, and never while it tidies up."""

from __future__ import annotations

import signal
import time
import weakref

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
    thing = Thing()
    reference = weakref.ref(thing, terminate)
    began = time.monotonic()
    with pytest.raises(TerminatedError), terminable():
        del thing
        time.sleep(LONG)
    assert reference() is None
    assert time.monotonic() - began < LONG / 2


def test_a_signal_that_somebody_catches_ends_the_task_all_the_same() -> None:
    caught = 0
    with pytest.raises(TerminatedError), terminable():
        try:
            terminate()
        except KeyboardInterrupt:
            caught += 1
        time.sleep(LONG)
    assert caught == 1


def test_what_is_open_is_closed_in_peace() -> None:
    closed = []

    def close() -> None:
        try:
            raise OSError
        except OSError:
            time.sleep(0.3)
        time.sleep(0.3)
        closed.append("whole")

    with pytest.raises(TerminatedError), terminable():
        try:
            terminate()
        finally:
            close()
    assert closed == ["whole"]


def test_an_error_that_comes_of_it_is_not_told_in_its_place() -> None:
    with pytest.raises(TerminatedError), terminable():
        try:
            terminate()
        except KeyboardInterrupt as error:
            raise ValueError from error


def test_an_error_without_it_is_that_error_and_all_signals_are_as_before() -> None:
    watched = (signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in watched]
    with pytest.raises(ValueError, match="own"), terminable():
        raise ValueError("own")
    with pytest.raises(TerminatedError), terminable():
        terminate()
    assert [signal.getsignal(number) for number in watched] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

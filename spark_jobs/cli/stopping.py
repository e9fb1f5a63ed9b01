"""SIGTERM (Spot, StopTask): the task leaves off at once, cleanly, and may be repeated."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TERMINATED = 143
"""The exit code of a process that SIGTERM ended."""
AGAIN_SECONDS = 1.0


class TerminatedError(KeyboardInterrupt):
    """SIGTERM came; as an interruption nobody takes it for an error, and queries are cancelled."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM raises `TerminatedError` in the main thread, until it arrives here.

    Python drops what is raised within a weak reference's callback or a finalizer, and foreign
    code may catch it: a timer raises it again wherever it is not on its way.

    Raises:
        TerminatedError: SIGTERM came; also in place of an error that came of it.
    """
    asked = False

    def terminate(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        del number, frame
        asked = True
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # while what is open is being closed
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
        raise TerminatedError

    before = signal.signal(signal.SIGTERM, terminate)
    alarm = signal.signal(signal.SIGALRM, _terminate_again)
    try:
        yield
    except Exception as error:
        if asked:
            raise TerminatedError from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)
        signal.signal(signal.SIGTERM, before)


def _terminate_again(number: int, frame: FrameType | None) -> None:
    """Raises unless the main thread is within a block that closes something because of it."""
    del number, frame
    on_its_way = sys.exception()
    while on_its_way and not isinstance(on_its_way, TerminatedError):
        on_its_way = on_its_way.__context__
    if on_its_way is None:
        raise TerminatedError

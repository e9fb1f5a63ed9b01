"""SIGTERM (Spot, StopTask): the task leaves off at once, cleanly, and may be repeated."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TERMINATED = 143
"""The exit code of a process that SIGTERM ended."""


class TerminatedError(KeyboardInterrupt):
    """SIGTERM came; as an interruption nobody takes it for an error, and queries are cancelled."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM raises `TerminatedError` in the main thread, once."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # while what is open is being closed
    raise TerminatedError

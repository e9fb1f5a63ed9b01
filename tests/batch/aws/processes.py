"""Invocations that stop before each call of AWS, so that a test decides what happens next.

An invocation runs in a thread of its own, but only while its test waits for it: one call at a
time. So any interleaving can be played, an invocation can die between any two calls, and one that
is left standing is a zombie that goes on whenever the test likes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ReadTimeoutError

_HERE = threading.local()
_HOOKED: set[int] = set()
_READS = ("Get", "Head", "List", "Query", "Describe", "BatchGet")


class Death(BaseException):
    """The Lambda's sandbox is gone: no handler of the code meets this."""


class Process:
    """An invocation of a Lambda.

    Args:
        work: What it does; it has not begun.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._allowed = 0
        self.answer: Any = None
        self.error: Exception | None = None
        self.only_writes = False
        """Whether it stops before calls that change something only."""
        self.dead = self.ended = self.disturbed = False
        self.lose_answer = self.send_twice = False
        self._work = work
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._stopped.acquire()

    def step(self, calls: int = 1) -> Process:
        """Goes on for so many calls, or to its end."""
        if not self.ended:
            self._allowed = calls
            self._go.release()
            self._stopped.acquire()
        if self.error and not self.disturbed:
            raise self.error
        return self

    def finish(self) -> Process:
        """Goes on to its end."""
        return self.step(1_000_000)

    def kill(self) -> None:
        """It dies here, between two calls."""
        self.dead = True
        if not self.ended:
            self._go.release()
            self._stopped.acquire()
        self._thread.join()

    def _run(self) -> None:
        _HERE.process = self
        try:
            self._stop()
            self.answer = self._work()
        except Exception as error:  # noqa: BLE001 (raised where the test steps)
            self.error = error
        except Death:
            pass
        self.ended = True
        self._stopped.release()

    def _stop(self) -> None:
        self._stopped.release()
        self._go.acquire()
        if self.dead:
            raise Death

    def before_call(self, operation: str) -> None:
        """Waits, unless it may go on."""
        if self.only_writes and operation.startswith(_READS):
            return
        self._allowed -= 1
        if self._allowed <= 0:
            self._stop()


def hook(clients: Iterable[Any]) -> None:
    """Makes the clients stop the process that uses them; others pass."""
    for client in clients:
        if id(client) not in _HOOKED:
            _HOOKED.add(id(client))
            client.meta.events.register("before-call", _before)
            client.meta.events.register("after-call", _after)
            client.meta.events.register("needs-retry", _twice)


def _before(model: Any, **_: Any) -> None:
    process = getattr(_HERE, "process", None)
    if process:
        process.before_call(model.name)


def _after(**_: Any) -> None:
    """The call was done, but its answer never came, and the retries are used up."""
    process = getattr(_HERE, "process", None)
    if process and process.lose_answer:
        process.lose_answer, process.disturbed = False, True
        raise ReadTimeoutError(endpoint_url="https://aws")


def _twice(**_: Any) -> int | None:
    """The call was done, its answer never came, and boto3 sends it again."""
    process = getattr(_HERE, "process", None)
    if process and process.send_twice:
        process.send_twice = False
        return 0
    return None

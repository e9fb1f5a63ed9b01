"""Which tasks somebody waits for, so that they can be stopped when nobody does any more."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import NamedTuple

from ministack.services import ecs


class Task(NamedTuple):
    """A task by its address in ECS."""

    cluster: str
    arn: str


class Waiting:
    """The tasks whose end an execution waits for, or one attempt of one of its states."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: set[Task] = set()
        self.over = False

    def add(self, task: Task) -> bool:
        """Whether anybody still waits; if not, the task is the caller's to stop."""
        with self._lock:
            if not self.over:
                self._tasks.add(task)
            return not self.over

    def ended(self, task: Task) -> None:
        """The task needs no stop any more."""
        with self._lock:
            self._tasks.discard(task)

    def give_up(self, reason: str) -> None:
        """Nobody waits from now on; stops what still runs."""
        with self._lock:
            self.over, tasks = True, self._tasks
            self._tasks = set()
        for task in tasks:
            stop(task, reason)


class NobodyWaitsError(BaseException):
    """The execution or the attempt that this thread works for is over.

    Not an Exception: no Retry and no Catch of the state machine may hold it.
    """


_waiting: ContextVar[tuple[Waiting, ...]] = ContextVar("waiting", default=())


def waiting() -> tuple[Waiting, ...]:
    """Those for whom this thread works: the execution, then the attempt."""
    return _waiting.get()


def also(one: Waiting) -> None:
    """From here on this thread (and what copies its context) works for one more."""
    _waiting.set((*_waiting.get(), one))


def only(one: Waiting) -> None:
    """From here on this thread works for this one alone."""
    _waiting.set((one,))


def go_on() -> None:
    """Asks whether this thread's work is still wanted.

    Raises:
        NobodyWaitsError: It is not.
    """
    if any(one.over for one in waiting()):
        raise NobodyWaitsError


def stop(task: Task, reason: str) -> None:
    """ecs:StopTask, as Step Functions calls it."""
    ecs._stop_task({"cluster": task.cluster, "task": task.arn, "reason": reason})

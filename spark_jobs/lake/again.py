"""What meets a conflicting commit is planned again, a bounded number of times."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from spark_jobs.facts.errors import CommitConflict

ATTEMPTS = 3
PAUSE_SECONDS = 1.0
"""The longest pause before the second attempt; each further one may take twice as long."""

Answer = TypeVar("Answer")


def unguarded() -> None:
    """The guard of a lake that no other process can write to: its folder is locked."""


def again_on_conflict(
    step: Callable[[], Answer], guard: Callable[[], None] = unguarded, attempts: int = ATTEMPTS
) -> Answer:
    """What the step returns; one that meets a conflict is run again, from its first look on.

    Only one batch transforms at a time, so the other commit is compaction's or a dead attempt's
    last. In the rare case that a commit was made although the engine was told otherwise, the
    step finds its own rows stored.

    Args:
        step: Reads what it depends on from the lake itself, and may be run again after it was
            ended anywhere: a commit whose plan stems from an older state must not be repeated.
        guard: Called before each further attempt; raises when the lease is lost.
        attempts: How often the step is run at most.

    Raises:
        CommitConflict: Of the last attempt.
    """
    for attempt in range(1, attempts):
        try:
            return step()
        except CommitConflict:
            time.sleep(random.uniform(0, PAUSE_SECONDS * 2 ** (attempt - 1)))  # noqa: S311
            guard()
    return step()

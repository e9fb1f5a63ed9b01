"""What is seen of a batch at one moment, and what is new since the moment before. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from spark_jobs.facts.words import Verdict
from spark_jobs.publish.changes import KpiChanges


class Mark(StrEnum):
    """How far a step is."""

    AHEAD = "ahead"
    NOW = "now"
    DONE = "done"
    WRONG = "wrong"


class End(StrEnum):
    """How a batch ended."""

    DONE = "done"
    FAILED = "failed"
    EMPTY = "empty"
    """No file was left for it when it was closed."""
    ABANDONED = "abandoned"
    """Its run died before the verdict: the files are judged anew, in another batch."""


@dataclass(frozen=True)
class Step:
    """One step of a batch.

    Args:
        note: What it has come to, in words; text from outside comes escaped.
        began: None where nobody noted it.
        ended: Likewise.
    """

    name: str
    mark: Mark = Mark.AHEAD
    note: str = ""
    began: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Sight:
    """A batch at one moment; without a batch, what waits for one.

    Args:
        state: The word in its row.
        run: The n of its execution; 0 where there is none.
        end: None while it is on its way.
        verdict: None while it is not judged.
        behind: Batches that wait after it.
        waiting: Files that wait for a batch, by dataset.
        following: The batch that is next, at the end of this one.
        following_runs: Whether it runs already.
        notices: What a person should know besides: rights that lack, a process that is gone.
    """

    batch_id: str | None = None
    state: str = ""
    run: int = 0
    steps: tuple[Step, ...] = ()
    end: End | None = None
    verdict: Verdict | None = None
    behind: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    following: str | None = None
    following_runs: bool = False


class Source(Protocol):
    """Where batches can be looked at."""

    def hint(self, waiting: Mapping[str, int]) -> str:
        """What a person may do where no batch runs.

        Args:
            waiting: Files that wait for one, by dataset.
        """

    def newest(self) -> str | None:
        """The batch that was made last."""

    def choose(self, after: str | None, seen: Collection[str] = ()) -> str | None:
        """The batch that runs, else the next in turn, else the oldest not seen made after one."""

    def look(self, batch_id: str | None) -> Sight:
        """The batch as it is now; None: what waits.

        Raises:
            UsageError: There is no such batch.
            TransientError: It could not be looked at now.
        """

    def changes(self, batch_id: str) -> KpiChanges | None:
        """What the batch changed in the KPIs; None where nobody kept it."""

    def told_changes(self, batch_id: str) -> Sequence[str]:
        """The same in the words of its alert, for want of better; empty where there is none."""


def news(before: Sight | None, after: Sight) -> Iterator[Step]:
    """The steps whose mark or note changed, in order; all but those ahead for another batch."""
    same = before is not None and (before.batch_id, before.run) == (after.batch_id, after.run)
    old = {step.name: step for step in before.steps} if before and same else {}
    for step in after.steps:
        was = old.get(step.name, Step(step.name))
        if (was.mark, was.note) != (step.mark, step.note):
            yield step

"""Following batches: look, tell what is new, sleep, until one has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from spark_jobs.facts.errors import TransientError
from spark_jobs.publish.changes import KpiChanges
from spark_jobs.watch.sight import End, Mark, Sight, Source, Step, news

QUIET_SECONDS = 60.0
"""When as long nothing has changed, it is told; then after twice as long, and so on."""
PATIENCE_SECONDS = 300.0
"""As long what cannot be looked at may come back."""
_OVER = (End.DONE, End.FAILED)

Result = TypeVar("Result")


class View(Protocol):
    """Shows to a person or a machine what is seen."""

    def show(self, sight: Sight, fresh: Sequence[Step]) -> None:
        """What is seen now.

        Args:
            fresh: The steps that changed since it was shown last.
        """

    def tell(self, words: str) -> None:
        """Something besides the batch's steps."""

    def end(self, sight: Sight, changes: KpiChanges | None, told: Sequence[str]) -> None:
        """A batch has ended.

        Args:
            changes: Of the KPIs; None where nobody kept them.
            told: What its alert says of them, then.
        """


@dataclass
class Follower:
    """Follows batches of a source.

    Args:
        every: Seconds between two looks.
    """

    source: Source
    view: View
    every: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _last: Sight | None = None
    _seen: dict[str, Step] = field(default_factory=dict)
    _changed_at: float = 0.0
    _quiet: float = QUIET_SECONDS
    _noticed: set[str] = field(default_factory=set)

    def once(self, batch_id: str | None) -> Sight:
        """Shows a batch as it is now: the named one, the current one, or the last."""
        chosen = batch_id or self.source.choose(newest := self.source.newest()) or newest
        sight = self.source.look(chosen)
        self._show(sight)
        self._end(sight)
        return sight

    def follow(self, batch_id: str | None, *, go_on: bool = False) -> Iterator[Sight]:
        """Follows a batch until it has ended; each that has, as it was at its end.

        Args:
            batch_id: None: the one that runs, or the next.
            go_on: Whether to go on with the next one.
        """
        if batch_id:
            yield self._to_its_end(batch_id)
            return
        after = self._patiently(self.source.newest)
        seen: set[str] = set()
        while True:
            sight = self._to_its_end(self._next(after, seen))
            seen.add(str(sight.batch_id))
            yield sight
            if sight.end in _OVER and not go_on:
                return

    def _next(self, after: str | None, seen: set[str]) -> str:
        self._start_anew()
        chosen = self._patiently(lambda: self.source.choose(after, seen))
        told = False
        while chosen is None:
            sight = self._patiently(lambda: self.source.look(None))
            hint = self.source.hint(sight.waiting)
            if not told:
                self.view.tell(f"waiting for a batch: {hint}; Ctrl-C ends the watch{_last(after)}")
                told = True
            self._show(sight)
            self._tell_of_silence(hint)
            self.sleep(self.every)
            chosen = self._patiently(lambda: self.source.choose(after, seen))
        return chosen

    def _to_its_end(self, batch_id: str) -> Sight:
        self._start_anew()
        while True:
            sight = self._patiently(lambda: self.source.look(batch_id))
            self._show(sight)
            if sight.end:
                self._end(sight)
                return sight
            self._tell_of_silence(f"batch {batch_id} is {sight.state}")
            self.sleep(self.every)

    def _start_anew(self) -> None:
        self._changed_at, self._quiet = self.clock(), QUIET_SECONDS

    def _show(self, seen: Sight) -> None:
        sight = self._timed(seen)
        fresh = list(news(self._last, sight))
        if fresh or self._last is None or self._last.waiting != sight.waiting:
            self._start_anew()
        self._last = sight
        self.view.show(sight, fresh)
        for notice in sight.notices:
            if notice not in self._noticed:
                self._noticed.add(notice)
                self.view.tell(notice)

    def _timed(self, sight: Sight) -> Sight:
        """The sight with the times that were seen here, where nobody noted earlier ones."""
        if not self._last or (self._last.batch_id, self._last.run) != (sight.batch_id, sight.run):
            self._seen = {}
        steps = tuple(self._with_times(step) for step in sight.steps)
        return replace(sight, steps=steps)

    def _with_times(self, step: Step) -> Step:
        before = self._seen.get(step.name)
        began, ended = step.began, step.ended
        if before and before.began and (began is None or before.began < began):
            began = before.began
        if began is None and step.mark is Mark.NOW:
            began = self.now()
        if before and ended is None and step.mark in (Mark.DONE, Mark.WRONG):
            ended = before.ended or self.now()
        timed = replace(step, began=began, ended=ended)
        if step.mark is not Mark.AHEAD and (before or step.mark is Mark.NOW):
            self._seen[step.name] = timed
        return timed

    def _end(self, sight: Sight) -> None:
        if sight.end is None:
            return
        changes: KpiChanges | None = None
        told: Sequence[str] = ()
        if sight.end is End.DONE and sight.batch_id:
            batch_id = sight.batch_id
            changes = self._patiently(lambda: self.source.changes(batch_id))
            told = () if changes else self._patiently(lambda: self.source.told_changes(batch_id))
        self.view.end(sight, changes, told)

    def _tell_of_silence(self, words: str) -> None:
        silent = self.clock() - self._changed_at
        if silent >= self._quiet:
            self._quiet *= 2
            self.view.tell(f"nothing has changed for {silent:,.0f} seconds: {words}")

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        """The answer; what passes is told once and asked again.

        Raises:
            TransientError: It has not passed for PATIENCE_SECONDS.
        """
        since = None
        while True:
            try:
                return ask()
            except TransientError as error:
                if since is None:
                    since = self.clock()
                    self.view.tell(f"{error}; trying again")
                if self.clock() - since > PATIENCE_SECONDS:
                    raise
            self.sleep(self.every)


def _last(after: str | None) -> str:
    return f"; the last was {after}, which `--once` shows" if after else ""

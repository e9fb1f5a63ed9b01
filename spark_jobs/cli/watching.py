"""How a watch is shown: as lines, as JSON, or moving on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from spark_jobs.cli.console import counted, in_utf8, line
from spark_jobs.cli.values import as_json
from spark_jobs.facts.exits import Exit
from spark_jobs.facts.words import Verdict
from spark_jobs.watch.sight import End, Mark, Sight, Step
from spark_jobs.watch.verdicts import files_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from spark_jobs.publish.changes import KpiChanges

SAME_STEP_SECONDS = 2.0
"""Notes of a step that goes on come no faster than so, where lines are appended."""
_COLOURS = {Mark.DONE: "green", Mark.WRONG: "red", Mark.NOW: "yellow", Mark.AHEAD: "dim"}


class LinesView:
    """A line for each step that changes; under `quiet` the KPI changes alone."""

    def __init__(self, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet, self._clock = quiet, clock
        self._batch: tuple[str, int] | None = None
        self._waiting: Mapping[str, int] = {}
        self._told: dict[str, tuple[Mark, float]] = {}

    def show(self, sight: Sight, fresh: Sequence[Step]) -> None:
        """The steps that changed."""
        if sight.batch_id and self._batch != (sight.batch_id, sight.run):
            self._batch, self._told = (sight.batch_id, sight.run), {}
            self._say(title(sight), "bold")
        if sight.waiting != self._waiting:
            self._waiting = sight.waiting
            self._say(f"{_clock_time()}  waiting    {files_words(sight.waiting)}")
        for step in fresh:
            mark, told_at = self._told.get(step.name, (Mark.AHEAD, 0.0))
            goes_on = mark is step.mark is Mark.NOW
            if goes_on and self._clock() - told_at < SAME_STEP_SECONDS:
                continue
            self._told[step.name] = (step.mark, self._clock())
            took = f" ({spent(step)})" if spent(step) else ""
            said = f"{_clock_time()}  {step.name:<9}  {step.mark:<5}  {step.note}{took}"
            self._say(said.rstrip(), "red" if step.mark is Mark.WRONG else "")

    def tell(self, words: str) -> None:
        """A line."""
        self._say(f"{_clock_time()}  {words}", "dim")

    def end(self, sight: Sight, changes: KpiChanges | None, told: Sequence[str]) -> None:
        """The KPI changes."""
        print_end(sight, changes, told)

    def _say(self, text: str, style: str = "") -> None:
        if not self._quiet:
            line(text, style)


class JsonView:
    """One JSON document a line, for each change; decimals are numbers with exactly their digits."""

    def __init__(self, exit_of: Callable[[Sight], Exit]) -> None:
        in_utf8()
        self._exit_of = exit_of
        self._waiting: Mapping[str, int] = {}

    def show(self, sight: Sight, fresh: Sequence[Step]) -> None:
        """The steps that changed."""
        if sight.waiting != self._waiting:
            self._waiting = sight.waiting
            _write({"batch": sight.batch_id, "files_waiting": sight.waiting})
        for step in fresh:
            _write(
                {
                    "batch": sight.batch_id,
                    "run": sight.run,
                    "state": sight.state,
                    "step": step.name,
                    "mark": step.mark,
                    "note": step.note,
                    "began": step.began,
                    "ended": step.ended,
                }
            )

    def tell(self, words: str) -> None:
        """Words for a person."""
        _write({"told": words})

    def end(self, sight: Sight, changes: KpiChanges | None, told: Sequence[str]) -> None:
        """The end and the KPI changes."""
        from spark_jobs.cli.document import day_document

        _write(
            {
                "batch": sight.batch_id,
                "end": sight.end,
                "verdict": sight.verdict,
                "exit_code": int(self._exit_of(sight)),
                "days_changed": [day_document(day) for day in changes.days] if changes else None,
                "categories_changed": [vars(one) for one in changes.categories]
                if changes
                else None,
                "alert_on_changes": list(told),
                "following": sight.following,
            }
        )


def title(sight: Sight) -> str:
    """The batch in a few words."""
    run = f", run {sight.run}" if sight.run else ""
    return f"Batch {sight.batch_id}{run}: {sight.state}"


def spent(step: Step, now: datetime | None = None) -> str:
    """How long a step took, or has taken until now; empty where nobody noted it."""
    until = step.ended or (now if step.mark is Mark.NOW else None)
    if step.began is None or until is None:
        return ""
    seconds = max(0.0, (until - step.began).total_seconds())
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m {rest:02}s" if minutes else f"{seconds:.1f} s"


def colour(mark: Mark) -> str:
    """Of a step."""
    return _COLOURS[mark]


def behind(sight: Sight) -> str:
    """What waits besides the batch; empty where nothing does."""
    said = [f"{counted(sight.behind, 'batch', 'batches')}"] if sight.behind else []
    said += [files_words(sight.waiting)] if sight.waiting else []
    return f"waiting behind it: {'; '.join(said)}" if said and sight.batch_id else ""


def following(sight: Sight) -> str:
    """The next batch by name; empty where there is none."""
    if not sight.following:
        return ""
    how = "which runs already" if sight.following_runs else "which waits for its turn"
    return f"next: batch {sight.following}, {how}"


def print_end(sight: Sight, changes: KpiChanges | None, told: Sequence[str]) -> None:
    """What the batch changed in the KPIs, or why nothing is known of it; what waits behind it."""
    from spark_jobs.cli.changes import print_categories, print_days

    if changes:
        print_days(changes.days, "; `--json` names all")
        print_categories(changes.categories)
    elif told:
        line()
        for words in told:
            line(words)
    else:
        line()
        line(_without_changes(sight), "bold")
    if more := [words for words in (behind(sight), following(sight)) if words]:
        line()
        for words in more:
            line(words, "dim")


def _without_changes(sight: Sight) -> str:
    if sight.end is End.FAILED:
        return "What the batch changes in the KPIs is published when it is started again."
    if sight.end is End.DONE and sight.verdict is not Verdict.REJECTED:
        return "Nobody kept what this batch changed in the KPIs."
    return "The KPIs are as they were."


def _write(document: Mapping[str, Any]) -> None:
    sys.stdout.write(as_json({"at": datetime.now(UTC), **document}) + "\n")
    sys.stdout.flush()


def _clock_time() -> str:
    return f"{datetime.now(UTC):%H:%M:%SZ}"

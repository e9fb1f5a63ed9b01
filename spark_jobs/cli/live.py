"""A watch on a terminal: the steps of a batch with their times, moving while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from spark_jobs.cli.console import harmless, out
from spark_jobs.cli.watching import behind, colour, print_end, spent, title
from spark_jobs.watch.sight import Mark, Sight, Step
from spark_jobs.watch.verdicts import files_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from spark_jobs.publish.changes import KpiChanges

UPDATES_PER_SECOND = 4
WORDS_KEPT = 3
"""Of what was told besides the steps, the last so many stay in view."""
_SIGNS = {Mark.DONE: "✔", Mark.WRONG: "✘", Mark.AHEAD: "·"}


class LiveView:
    """Redraws one batch in place; when it has ended, its last picture stays. A context manager."""

    def __init__(self) -> None:
        from rich.spinner import Spinner

        self._sight = Sight()
        self._words: list[str] = []
        self._spinner = Spinner("dots", style="yellow")
        self._live: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def show(self, sight: Sight, fresh: Sequence[Step]) -> None:
        """The whole of it."""
        del fresh
        if sight.batch_id != self._sight.batch_id:
            self._words = []
        self._sight = sight
        self._start()

    def tell(self, words: str) -> None:
        """Below the steps, until other words take its place."""
        self._words = [*self._words, f"{datetime.now(UTC):%H:%M:%SZ}  {words}"][-WORDS_KEPT:]
        self._start()

    def end(self, sight: Sight, changes: KpiChanges | None, told: Sequence[str]) -> None:
        """The last picture, and below it the KPI changes."""
        self._stop()
        self._words = []
        print_end(sight, changes, told)

    def _start(self) -> None:
        if self._live is None:
            from rich.live import Live

            self._live = Live(
                console=out(),
                get_renderable=self._picture,
                refresh_per_second=UPDATES_PER_SECOND,
                vertical_overflow="visible",
            )
            self._live.start(refresh=True)

    def _stop(self) -> None:
        if self._live:
            live, self._live = self._live, None
            live.stop()

    def _picture(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        sight = self._sight
        table = Table.grid(padding=(0, 2, 0, 0))
        for overflow in ("fold", "fold", "fold"):
            table.add_column(overflow=overflow)
        table.add_column(justify="right", no_wrap=True)
        for step in sight.steps:
            sign = self._sign(step)
            style = colour(step.mark)
            note = Text(harmless(step.note), "red" if step.mark is Mark.WRONG else "")
            took = Text(spent(step, datetime.now(UTC)), "dim")
            table.add_row(sign, Text(step.name, style), note, took)
        parts: list[RenderableType] = [Text(harmless(self._title()), "bold"), table]
        more = [behind(sight)] if behind(sight) else []
        parts += [Text(harmless(words), "dim") for words in [*more, *self._words]]
        return Group(*parts)

    def _title(self) -> str:
        if self._sight.batch_id:
            return title(self._sight)
        if self._sight.steps:
            return "A batch begins"
        waiting = self._sight.waiting
        return f"Waiting for a batch: {files_words(waiting)} there" if waiting else "No batch runs"

    def _sign(self, step: Step) -> RenderableType:
        from rich.text import Text

        if step.mark is Mark.NOW:
            return self._spinner
        return Text(f"{_SIGNS[step.mark]} ", colour(step.mark))

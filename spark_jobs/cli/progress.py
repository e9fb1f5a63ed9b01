"""What is going on, for the person who waits: moving on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from spark_jobs.cli.call import CALL
from spark_jobs.cli.console import err, on_terminal, tell

if TYPE_CHECKING:
    from rich.status import Status

STAGES: dict[str, str] = {
    "engine": "starting the engine",
    "preflight": "reading the files",
    "split": "checking every record",
    "count": "counting by rule and file",
    "quarantine": "keeping the rejected records",
    "referee": "asking the referee",
    "references": "looking for unknown orders and products",
    "tables": "opening the lake",
    "plan": "finding what changes",
    "outbox": "noting the days to recompute",
    "merge": "merging into the lake",
    "repair": "repairing the days of items",
    "kpis": "computing the KPIs",
    "reconcile": "reconciling before publishing",
    "publish": "publishing the KPIs",
    "marts": "computing the insights",
    "held": "counting what waits for its order",
    "history": "writing the history",
}
"""Words for the stages of a run; a stage without words is shown by its name."""

_MB = 1_000_000
BETWEEN_UPDATES = 0.1
"""Seconds."""


class Progress:
    """Shows stages on standard error while it is open: as a context manager.

    A terminal gets one moving line; `--quiet` nothing.

    Args:
        lines: Whether anything but a terminal, a log say, gets a line for each stage.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self._quiet = CALL.get().quiet
        self._lines = lines and not self._quiet
        self._status: Status | None = None
        self._stage = ""
        self._bytes = 0
        self._shown_at = 0.0

    def __enter__(self) -> Self:
        if on_terminal() and not self._quiet:
            self._status = err().status("starting")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pause()

    def pause(self) -> None:
        """Take the moving line away, so that something else can be printed."""
        if self._status:
            self._status.stop()

    def resume(self) -> None:
        """Show the moving line again."""
        if self._status:
            self._status.start()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._stage = STAGES.get(name, name)
        self._bytes = 0
        self._show(self._stage)

    def read(self, number: int) -> None:
        """So many more bytes were read; threads may tell at once."""
        self._bytes += number
        if self._status and time.monotonic() - self._shown_at > BETWEEN_UPDATES:
            self._shown_at = time.monotonic()
            self._status.update(f"{self._stage}: {self._bytes / _MB:,.0f} MB")

    def wait(self, sentence: str) -> None:
        """The run waits for something; told on a line that stays."""
        if self._status:
            self._status.update(sentence)
        tell(sentence)

    def _show(self, text: str) -> None:
        if self._status:
            self._status.update(text)
        elif self._lines:
            tell(f"{text} ...")

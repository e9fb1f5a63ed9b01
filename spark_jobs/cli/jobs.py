"""What the commands that run jobs share: options from settings, an engine, an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from spark_jobs.cli.progress import Progress
from spark_jobs.cli.received import read_received_at
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.exits import Exit
from spark_jobs.facts.words import Verdict
from spark_jobs.settings import ANY_FILE, Settings

if TYPE_CHECKING:
    from spark_jobs.pipeline import RunOptions, RunReport
    from spark_jobs.session import Engine


def exit_of(verdict: Verdict | None, *, strict: bool) -> Exit:
    """The exit code that a verdict asks for; None: there was nothing new."""
    if verdict is Verdict.REJECTED:
        return Exit.REJECTED
    if verdict is Verdict.PARTIAL and strict:
        return Exit.PARTIAL
    return Exit.DONE


def exit_of_run(report: RunReport, *, strict: bool) -> Exit:
    """The exit code of a run: that of the worst batch that it finished.

    Batches of dead runs count too: nobody was told of their verdict.
    """
    verdicts = [report.verdict, *(earlier.verdict for earlier in report.resumed)]
    codes = {exit_of(verdict, strict=strict) for verdict in verdicts}
    return next((code for code in (Exit.REJECTED, Exit.PARTIAL) if code in codes), Exit.DONE)


def check_landing(landing: Path) -> None:
    """Refuses a landing folder that is not there, before an engine is started.

    Raises:
        UsageError: With what to do.
    """
    if not landing.exists():
        raise UsageError(
            "there is no such folder", where=str(landing), cure="create it and drop CSV files in"
        )


def run_options(
    settings: Settings, progress: Progress, received_at: str | None = None
) -> RunOptions:
    """The options of the jobs, from settings and flags.

    Raises:
        UsageError: `--received-at` is neither a time nor a file of times.
    """
    from spark_jobs.pipeline import RunOptions
    from spark_jobs.preflight.model import Limits

    return RunOptions(
        contracts=settings.contracts,
        received_at=read_received_at(received_at),
        archive=settings.archive,
        time_zone=settings.time_zone,
        all_or_nothing=settings.reject_batch_on == ANY_FILE,
        held_after_days=settings.held_after_days,
        limits=Limits(
            max_field_chars=settings.max_field_chars,
            max_decompressed_bytes=settings.max_decompressed_bytes,
        ),
        on_stage=progress.stage,
        on_bytes=progress.read,
        on_wait=progress.wait,
    )


@contextmanager
def engine_of(settings: Settings, progress: Progress) -> Iterator[Engine]:
    """The engine of the settings, running."""
    from spark_jobs.session import open_engine

    progress.stage("engine")
    with open_engine(settings.engine, memory=settings.memory, master=settings.master) as engine:
        yield engine

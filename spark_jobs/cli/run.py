"""`orders run`: everything new under a folder, from landing to KPI tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spark_jobs.cli.options import (
    Archive,
    Contracts,
    Engine,
    Json,
    Lake,
    ReceivedAt,
    Strict,
    TimeZone,
    settings_of,
)

if TYPE_CHECKING:
    from spark_jobs.pipeline import RunReport
    from spark_jobs.settings import Settings

Landing = Annotated[
    Path, typer.Argument(metavar="LANDING", help="Folder with the CSV files (or one file).")
]


def run(
    landing: Landing,
    lake: Lake = None,
    contracts: Contracts = None,
    archive: Archive = None,
    received_at: ReceivedAt = None,
    time_zone: TimeZone = None,
    strict: Strict = False,
    as_json: Json = False,
    engine: Engine = None,
) -> int:
    """Bring everything new under LANDING into the lake, as one batch.

    Files stay where they are unless --archive is given. Content that was received before is
    skipped and named. Safe to kill at any moment and to call again.

    Examples:
      orders run landing
      orders run landing --lake /data/lake --archive /data/archive --strict
      orders run landing --received-at 2025-03-08T10:00:00Z --json > report.json

    Exit codes: 0 done (also when nothing is new), 3 no file was acceptable, 4 some files or
    records were rejected and --strict was given.
    """
    from spark_jobs.cli.jobs import check_landing, engine_of, exit_of_run, run_options
    from spark_jobs.cli.progress import Progress

    settings = settings_of(
        lake=lake, contracts=contracts, archive=archive, time_zone=time_zone, engine=engine
    )
    check_landing(landing)
    with Progress(lines=True) as progress:
        options = run_options(settings, progress, received_at)
        with engine_of(settings, progress) as running:
            from spark_jobs.pipeline import run_batch

            report = run_batch(running, landing, settings.lake, options=options)
    code = exit_of_run(report, strict=strict)
    _print(report, settings, code, as_json=as_json, landing=landing)
    return code


def _print(
    report: RunReport, settings: Settings, code: int, *, as_json: bool, landing: Path
) -> None:
    from spark_jobs.cli.changes import print_changes, print_next, print_waiting
    from spark_jobs.cli.console import line, reader_may_leave
    from spark_jobs.cli.document import run_document
    from spark_jobs.cli.masking import masks_of
    from spark_jobs.cli.output import write_json
    from spark_jobs.cli.summary import print_run

    masks = masks_of(settings.contracts)
    with reader_may_leave():
        if as_json:
            write_json(run_document(report, masks, code))
            return
        if report.batch is None:
            line(f"Nothing new under {landing}.", "bold")
        print_run(report, masks)
        if report.transform:
            print_changes(report.transform)
            print_waiting(report.transform)
        if report.batch or report.skipped:
            print_next(report, settings.lake)

"""`orders check`, `orders validate`, `orders transform`: the jobs one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spark_jobs.cli.on_aws import run_task
from spark_jobs.cli.options import (
    Contracts,
    Engine,
    Json,
    Lake,
    ReceivedAt,
    Strict,
    TimeZone,
    settings_of,
)
from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import UsageError

if TYPE_CHECKING:
    from spark_jobs.rules.verdict import BatchVerdict

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="CSV files, plain or gzipped.")
]
Landing = Annotated[
    Path | None,
    typer.Argument(
        metavar="LANDING", help="Folder with the CSV files (or one file).", show_default=False
    ),
]
Staged = Annotated[
    Path | None, typer.Option("--staged", metavar="DIR", help="Folder of the staged batch.")
]
Manifest = Annotated[
    str | None,
    typer.Option(
        "--manifest",
        metavar="S3",
        help="On AWS, instead of folders: s3://... of the batch's manifest.",
    ),
]
KnownLake = Annotated[
    Path | None,
    typer.Option(
        "--lake",
        metavar="DIR",
        help="Also skip what this lake has, and look for references in it.",
    ),
]


def check(
    files: Files,
    contracts: Contracts = None,
    received_at: ReceivedAt = None,
    strict: Strict = False,
    as_json: Json = False,
    engine: Engine = None,
) -> int:
    """Judge files by preflight and rules, without a lake; nothing is kept.

    Examples:
      orders check landing/orders/orders_march.csv
      orders check *.csv --contracts my-contracts --json

    Exit codes: 0 acceptable, 3 no file was acceptable, 4 some files or records were rejected and
    --strict was given.
    """
    from spark_jobs.cli.jobs import engine_of, exit_of, run_options
    from spark_jobs.cli.progress import Progress

    settings = settings_of(contracts=contracts, engine=engine)
    for file in files:
        if not file.is_file():
            raise UsageError(
                "there is no such file", where=str(file), cure="name CSV files, not folders"
            )
    with Progress(lines=True) as progress:
        options = run_options(settings, progress, received_at)
        with engine_of(settings, progress) as running:
            from spark_jobs.pipeline import check_files

            batch = check_files(running, files, options=options)
    code = exit_of(batch.verdict, strict=strict)
    _print_verdict(batch, settings.contracts, as_json=as_json)
    return code


def validate(
    landing: Landing = None,
    staged: Staged = None,
    manifest: Manifest = None,
    lake: KnownLake = None,
    contracts: Contracts = None,
    received_at: ReceivedAt = None,
    time_zone: TimeZone = None,
    as_json: Json = False,
    engine: Engine = None,
) -> int:
    """The first job alone: judge LANDING and leave a staged batch with its verdict.

    On AWS the task is told its batch by --manifest and ORDERS_* variables; it leaves its outcome
    in the batch's row.

    Examples:
      orders validate landing --staged work/staged --lake work/lake
      spark-submit spark_jobs/validate.py landing --staged work/staged --lake work/lake

    Exit codes: 0 once a verdict is written, whatever it says.
    """
    from spark_jobs.cli.jobs import check_landing, engine_of, run_options
    from spark_jobs.cli.progress import Progress

    settings = settings_of(contracts=contracts, time_zone=time_zone, engine=engine)
    if manifest is not None:
        _refuse(landing=landing, staged=staged, lake=lake, received_at=received_at)
        return run_task(Task.VALIDATE, manifest, settings)
    landing, staged = _named(landing, "LANDING"), _named(staged, "--staged")
    check_landing(landing)
    with Progress(lines=True) as progress:
        options = run_options(settings, progress, received_at)
        with engine_of(settings, progress) as running:
            from spark_jobs.pipeline import validate_folder

            batch = validate_folder(running, landing, staged, lake=lake, options=options)
    _print_verdict(batch, settings.contracts, as_json=as_json)
    if not as_json:
        from spark_jobs.cli.changes import print_commands

        print_commands([f"orders transform --staged {staged} --lake {lake or settings.lake}"])
    return 0


def transform(
    staged: Staged = None,
    manifest: Manifest = None,
    lake: Lake = None,
    as_json: Json = False,
    engine: Engine = None,
) -> int:
    """The second job alone: bring a staged batch into the lake and publish its KPIs.

    On AWS the task is told its batch by --manifest and ORDERS_* variables; it leaves its outcome
    in the batch's row.

    Examples:
      orders transform --staged work/staged --lake work/lake
      spark-submit spark_jobs/transform.py --staged work/staged --lake work/lake
    """
    from spark_jobs.cli.jobs import engine_of, run_options
    from spark_jobs.cli.progress import Progress

    settings = settings_of(lake=lake, engine=engine)
    if manifest is not None:
        _refuse(staged=staged, lake=lake)
        return run_task(Task.TRANSFORM, manifest, settings)
    staged = _named(staged, "--staged")
    check_staged(staged)
    with Progress(lines=True) as progress:
        options = run_options(settings, progress)
        with engine_of(settings, progress) as running:
            from spark_jobs.pipeline import transform_folder

            done = transform_folder(running, staged, settings.lake, options=options)
    from spark_jobs.cli.changes import print_changes, print_commands, print_waiting
    from spark_jobs.cli.console import line, reader_may_leave
    from spark_jobs.cli.document import transform_document
    from spark_jobs.cli.output import write_json

    with reader_may_leave():
        if as_json:
            write_json(transform_document(done))
            return 0
        line(f"DONE  batch {done.batch_id}, number {done.sequence}", "bold green")
        print_changes(done)
        print_waiting(done)
        print_commands([f"orders kpis daily --lake {settings.lake}"])
    return 0


def _named(path: Path | None, name: str) -> Path:
    if path is None:
        raise UsageError(f"{name} is missing", cure="name folders, or --manifest on AWS")
    return path


def _refuse(**folders: object) -> None:
    """Nothing where none of these was named beside --manifest."""
    named = [name.replace("_", "-") for name, given in folders.items() if given is not None]
    if named:
        raise UsageError(
            f"{', '.join(named)} and --manifest exclude each other",
            cure="on AWS files, times and lake come from the manifest and the environment",
        )


def check_staged(staged: Path) -> None:
    """Refuses a folder without a verdict, before an engine is started.

    Raises:
        UsageError: With what to do.
    """
    if not (staged / "verdict.json").is_file():
        raise UsageError(
            "no verdict.json here: the folder holds no validated batch",
            where=str(staged),
            cure="run `orders validate LANDING --staged DIR` first",
        )


def _print_verdict(batch: BatchVerdict, contracts: Path | None, *, as_json: bool) -> None:
    from spark_jobs.cli.console import reader_may_leave
    from spark_jobs.cli.document import batch_document
    from spark_jobs.cli.masking import masks_of
    from spark_jobs.cli.output import write_json
    from spark_jobs.cli.summary import print_batch, print_skipped

    masks = masks_of(contracts)
    with reader_may_leave():
        if as_json:
            write_json(batch_document(batch, masks))
            return
        print_batch(batch, masks)
        print_skipped(batch)

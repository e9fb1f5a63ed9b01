"""`orders watch`: a batch through its states, as it happens."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from spark_jobs.cli.call import CALL
from spark_jobs.cli.options import Lake, Strict, settings_of
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.exits import Exit

if TYPE_CHECKING:
    from spark_jobs.watch.follow import View
    from spark_jobs.watch.sight import Sight, Source

STATE_TABLE = "ORDERS_STATE_TABLE"
LEAST_SECONDS = 0.2

BatchId = Annotated[
    str | None,
    typer.Argument(metavar="BATCH", help="A batch.", show_default="the one that runs, or the next"),
]
Table = Annotated[
    str | None,
    typer.Option(
        "--state-table",
        metavar="NAME",
        help="On AWS: the environment's state table.",
        show_default=STATE_TABLE,
    ),
]
All = Annotated[bool, typer.Option("--all", help="Go on with the next batch, until interrupted.")]
Once = Annotated[bool, typer.Option("--once", help="Show what is there now, and end.")]
AsLines = Annotated[
    bool, typer.Option("--json", help="One JSON document a line for each change, nothing else.")
]
Every = Annotated[
    float,
    typer.Option("--every", metavar="SECONDS", min=LEAST_SECONDS, help="Between two looks."),
]


def watch(
    batch_id: BatchId = None,
    lake: Lake = None,
    state_table: Table = None,
    all_batches: All = False,
    once: Once = False,
    strict: Strict = False,
    as_json: AsLines = False,
    every: Every = 1.0,
) -> int:
    """Follow a batch through its states until it has ended, then show the KPI changes.

    Looks at the lake in a folder, or, where --state-table or ORDERS_STATE_TABLE names one and
    --lake is not given, at AWS. It only reads: no run notices it.

    Examples:
      orders watch
      orders watch 20260319T060000Z-000017 --json
      orders watch --state-table pipeline_state --all

    Exit codes: 0 done, 3 no file was acceptable, 4 some files or records were rejected and --strict
    was given, 70 the batch failed, 75 it could not be looked at for minutes.
    """
    from spark_jobs.cli.console import reader_may_leave
    from spark_jobs.watch.follow import Follower

    if once and all_batches:
        raise UsageError("--once and --all exclude each other", cure="leave one out")
    source = _source(settings_of(lake=lake).lake if lake else None, state_table)
    code = Exit.DONE
    with reader_may_leave(), _view(strict, as_json=as_json) as view:
        follower = Follower(source, view, every)
        if once:
            return exit_of_sight(follower.once(batch_id), strict=strict)
        for sight in follower.follow(batch_id, go_on=all_batches):
            code = exit_of_sight(sight, strict=strict)
    return code


def exit_of_sight(sight: Sight, *, strict: bool) -> Exit:
    """The exit code that a batch asks for; one that is on its way has done nothing wrong yet."""
    from spark_jobs.cli.jobs import exit_of
    from spark_jobs.watch.sight import End

    if sight.end in (End.FAILED, End.ABANDONED):
        return Exit.FATAL
    return exit_of(sight.verdict, strict=strict) if sight.end is End.DONE else Exit.DONE


def _source(lake: object, state_table: str | None) -> Source:
    from pathlib import Path

    if lake and state_table:
        raise UsageError("--lake and --state-table exclude each other", cure="leave one out")
    table = state_table or os.environ.get(STATE_TABLE)
    if isinstance(lake, Path) or not table:
        from spark_jobs.watch.lake_folder import LakeFolderSource

        return LakeFolderSource(lake if isinstance(lake, Path) else settings_of().lake)
    return _on_aws(table)


def _on_aws(table: str) -> Source:
    import boto3
    from botocore.exceptions import BotoCoreError

    from spark_jobs.watch.state_table import StateTableSource

    try:
        dynamodb, s3, states = (boto3.client(n) for n in ("dynamodb", "s3", "stepfunctions"))
    except (BotoCoreError, ValueError) as error:  # the last: an empty text for a region
        raise UsageError(
            str(error), where="AWS", cure="set AWS_PROFILE and AWS_REGION (`. scripts/settings.sh`)"
        ) from error
    return StateTableSource(dynamodb, s3, states, table)


def _view(strict: bool, *, as_json: bool) -> AbstractContextManager[View]:
    from spark_jobs.cli.console import out
    from spark_jobs.cli.watching import JsonView, LinesView

    if as_json:
        return nullcontext(JsonView(lambda sight: exit_of_sight(sight, strict=strict)))
    if out().is_terminal and not out().is_dumb_terminal and not CALL.get().quiet:
        from spark_jobs.cli.live import LiveView

        return LiveView()
    return nullcontext(LinesView(quiet=CALL.get().quiet))

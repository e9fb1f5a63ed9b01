"""`orders quarantine`: the rejected records, as received, with all their violations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spark_jobs.cli.helping import Commands
from spark_jobs.cli.options import Engine, Format, Lake, OutputFormat, settings_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake as OpenLake

app = Commands(help="The rejected records, as received, with all their violations.")

Batch = Annotated[str | None, typer.Option("--batch", metavar="ID", help="Only of this batch.")]
File = Annotated[
    str | None, typer.Option("--file", metavar="NAME", help="Only of files whose name has this.")
]
Rule = Annotated[
    str | None,
    typer.Option("--rule", metavar="CODE", help="Only with this violation: not_a_number."),
]
Open = Annotated[
    bool, typer.Option("--open", help="Without those that were replayed or discarded since.")
]
RAW_SHOWN = 60
KEY = ("file_sha256", "dataset", "record")
SHOWN = ("file", "line", "state", "violations", "raw")
EXPORTED = (
    "batch_id", "dataset", "shape", "file", "file_sha256", "record", "line", "row_key", "state",
    "state_reason", "violations", "raw", "quarantined_at",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which records are asked for; None: all.

    Args:
        file: A part of the file's name.
        rule: A violation code.
        only_open: Without those that were replayed or discarded since.
    """

    batch: str | None = None
    file: str | None = None
    rule: str | None = None
    only_open: bool = False


@app.command(name="list")
def list_records(
    lake: Lake = None,
    batch: Batch = None,
    file: File = None,
    rule: Rule = None,
    only_open: Open = False,
    output: OutputFormat = Format.TABLE,
    engine: Engine = None,
) -> None:
    """The rejected records: file, line, what is wrong, the record (shortened in tables).

    `state` is open, replayed, or discarded (an accepted row with the same key arrived later).

    Examples:
      orders quarantine list
      orders quarantine list --rule not_a_number --open
    """
    from spark_jobs.cli.console import reader_may_leave
    from spark_jobs.cli.output import write_rows
    from spark_jobs.cli.reading import lake_of

    wanted = Wanted(batch, file, rule, only_open)
    with lake_of(settings_of(lake=lake, engine=engine)) as opened, reader_may_leave():
        write_rows(SHOWN, listed(opened, wanted, whole=output is not Format.TABLE), output)


@app.command()
def export(
    lake: Lake = None,
    batch: Batch = None,
    file: File = None,
    rule: Rule = None,
    only_open: Open = False,
    output: OutputFormat = Format.CSV,
    engine: Engine = None,
) -> None:
    """All that is known of the rejected records, the raw text whole: to correct and send again.

    Examples:
      orders quarantine export --open > to-correct.csv
      orders quarantine export --batch 20250308T100000Z-1a2b3c4d --format json
    """
    from spark_jobs.cli.reading import lake_of, show

    with lake_of(settings_of(lake=lake, engine=engine)) as opened:
        wanted = Wanted(batch, file, rule, only_open)
        show(_records(opened, wanted).select(*EXPORTED), output)


def listed(lake: OpenLake, wanted: Wanted, *, whole: bool = False) -> Iterator[Sequence[Any]]:
    """The records as SHOWN, the raw text shortened unless it is wanted whole."""
    from spark_jobs.cli.reading import values_of

    values = values_of(_records(lake, wanted).select(*SHOWN))
    return values if whole else _shortened(values)


def _records(lake: OpenLake, wanted: Wanted) -> DataFrame:
    """The quarantine with the state of each record, in the order of files and records."""
    from pyspark.sql import functions as F

    rows = lake.frame("quarantine")
    if wanted.batch is not None:
        rows = rows.where(F.col("batch_id") == wanted.batch)
    if wanted.file is not None:
        rows = rows.where(F.col("file").contains(wanted.file))
    if wanted.rule is not None:
        # Each violation begins with its code and a colon.
        broken = F.concat_ws("\n", F.lit(""), F.col("violations"))
        rows = rows.where(broken.contains(f"\n{wanted.rule}: "))
    last = F.max_by(F.struct("event", "reason"), "happened_at").alias("last")
    events = lake.frame("quarantine_events").groupBy(*KEY).agg(last)
    rows = rows.join(events, on=list(KEY), how="left").select(
        *rows.columns,
        F.coalesce("last.event", F.lit("open")).alias("state"),
        F.col("last.reason").alias("state_reason"),
    )
    if wanted.only_open:
        rows = rows.where(F.col("state") == "open")
    return rows.sort("batch_id", "dataset", "file", "file_sha256", "record")


def _shortened(rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    for name, line, state, violations, raw in rows:
        shown = raw if raw is None or len(raw) <= RAW_SHOWN else raw[: RAW_SHOWN - 1] + "…"
        yield name, line, state, violations, shown

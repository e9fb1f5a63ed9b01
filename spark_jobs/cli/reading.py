"""Reading a lake: an engine opened on it, and frames as streams of plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spark_jobs.cli.console import reader_may_leave
from spark_jobs.cli.jobs import engine_of
from spark_jobs.cli.options import Format
from spark_jobs.cli.output import write_rows
from spark_jobs.cli.progress import Progress
from spark_jobs.facts.errors import UsageError
from spark_jobs.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake
    from spark_jobs.session import Engine

WAREHOUSE = "warehouse"
"""The folder of the tables within a lake's folder."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def lake_of(settings: Settings) -> Iterator[Lake]:
    """The lake of the settings, open for reading.

    Raises:
        UsageError: There is none.
    """
    check_lake(settings.lake)
    with Progress() as progress, engine_of(settings, progress) as engine:
        progress.pause()
        with open_with(engine, settings.lake) as lake:
            yield lake


@contextmanager
def open_with(engine: Engine, folder: Path) -> Iterator[Lake]:
    """The lake in a folder, by an engine that runs already."""
    from spark_jobs.kpis.registry import MART_TABLES
    from spark_jobs.lake.catalog import Lake

    with Lake.open(engine.for_warehouse(folder / WAREHOUSE), None, MART_TABLES) as lake:
        yield lake


def check_lake(lake: Path) -> None:
    """Refuses a folder that holds no lake.

    Raises:
        UsageError: With what to do.
    """
    if not (lake / WAREHOUSE).is_dir():
        raise UsageError(
            "there is no lake here",
            where=str(lake),
            cure=f"make one with `orders run LANDING --lake {lake}`, or name another with --lake",
        )


def show(frame: DataFrame, output: Format, *, title: str = "") -> None:
    """Writes a frame to standard output in its order."""
    with reader_may_leave():
        write_rows(frame.columns, values_of(frame), output, title=title)


def values_of(frame: DataFrame) -> Iterator[Sequence[Any]]:
    """The rows of a frame one by one, batch by batch from the engine; moments are in UTC."""
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    moments = [isinstance(field.dataType, T.TimestampType) for field in frame.schema.fields]
    # As microseconds: pyspark would give local times without a zone.
    plain = frame.select(
        *(
            F.unix_micros(name).alias(name) if is_moment else F.col(name)
            for name, is_moment in zip(frame.columns, moments, strict=True)
        )
    )
    for row in plain.toLocalIterator():
        yield [
            _EPOCH + timedelta(microseconds=value) if is_moment and value is not None else value
            for value, is_moment in zip(row, moments, strict=True)
        ]


def between_days(frame: DataFrame, first: date | None, last: date | None) -> DataFrame:
    """The rows from one `order_date` to another, both included; months prune the files."""
    from spark_jobs.lake.tables import MONTH

    for day, sign in ((first, ">="), (last, "<=")):
        if day is not None:
            frame = frame.where(f"order_date {sign} date'{day:%Y-%m-%d}'")
            if MONTH in frame.columns:
                frame = frame.where(f"{MONTH} {sign} '{day:%Y-%m}'")
    return frame


def days_of(first: str | None, last: str | None) -> tuple[date | None, date | None]:
    """The days given by `--from` and `--to`, each included.

    Raises:
        UsageError: One is no ISO date, or the last comes before the first.
    """
    begin, end = day_of(first, "--from"), day_of(last, "--to")
    if begin and end and end < begin:
        raise UsageError(f"{end} comes before {begin}", where="--to", cure="exchange the two days")
    return begin, end


def day_of(text: str | None, flag: str) -> date | None:
    """A day given by a flag.

    Raises:
        UsageError: It is no ISO date.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no day", where=flag, cure="write it as 2025-03-08"
        ) from error

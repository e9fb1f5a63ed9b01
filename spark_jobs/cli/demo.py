"""`orders demo`: the bundled sample shop through three batches."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spark_jobs.cli.options import Engine, settings_of

if TYPE_CHECKING:
    from spark_jobs.cli.progress import Progress
    from spark_jobs.lake.catalog import Lake as OpenLake
    from spark_jobs.pipeline import RunReport
    from spark_jobs.session import Engine as RunningEngine
    from spark_jobs.settings import Settings

DemoLake = Annotated[
    Path | None,
    typer.Option(
        "--lake",
        metavar="DIR",
        help="Use, and keep, this lake.",
        show_default="a new one under .local/demo",
    ),
]
FOLDER = Path(".local/demo")
CATEGORY_DAY = date(2026, 3, 14)
"""A day that all three batches changed."""


@dataclass(frozen=True)
class Story:
    """One batch of the sample.

    Args:
        received: When its files came, so that the demo is the same at any time.
    """

    folder: str
    received: datetime
    told: str


STORIES = (
    Story("batch-1", datetime(2026, 3, 15, 6, tzinfo=UTC), "two weeks of a shop"),
    Story(
        "batch-2",
        datetime(2026, 3, 17, 6, tzinfo=UTC),
        "two more days, late returns, a late order, a product in another category, a file twice",
    ),
    Story(
        "batch-3",
        datetime(2026, 3, 19, 6, tzinfo=UTC),
        "two more days, three bad records, a file with a broken header",
    ),
)


def demo(lake: DemoLake = None, engine: Engine = None) -> None:
    """A sample shop through three batches: KPI tables, verdict, rejected records.

    Examples:
      orders demo
      orders demo --engine spark
    """
    from spark_jobs.cli.jobs import engine_of
    from spark_jobs.cli.progress import Progress

    settings = settings_of(lake=lake or FOLDER / "lake", engine=engine)
    landing = _fresh_folders(new_lake=lake is None)
    # The sample has its own contracts, and its files go where the demo says.
    settings = replace(settings, contracts=None, archive=FOLDER / "archive")
    with Progress() as progress, engine_of(settings, progress) as running:
        reports = list(_run_batches(running, landing, settings, progress))
        progress.pause()
        _print_results(running, reports, settings)


def _fresh_folders(*, new_lake: bool) -> Path:
    """Empties the demo's own folders; returns where files are dropped."""
    for name in ("landing", "archive", *(["lake"] if new_lake else [])):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    landing = FOLDER / "landing"
    landing.mkdir(parents=True)
    return landing


def _run_batches(
    engine: RunningEngine, landing: Path, settings: Settings, progress: Progress
) -> Iterator[RunReport]:
    """The three batches one after the other, each told of when it is done."""
    from spark_jobs.cli.jobs import run_options
    from spark_jobs.pipeline import run_batch

    options = run_options(settings, progress)
    sample = resources.files("spark_jobs") / "sample"
    for number, story in enumerate(STORIES, 1):
        with resources.as_file(sample / story.folder) as folder:
            shutil.copytree(folder, landing, dirs_exist_ok=True)
        options.received_at = story.received
        report = run_batch(engine, landing, settings.lake, options=options)
        progress.pause()
        _print_batch(number, story, report)
        progress.resume()
        yield report


def _print_batch(number: int, story: Story, report: RunReport) -> None:
    from spark_jobs.cli.console import line
    from spark_jobs.cli.summary import print_briefly, print_left_alone

    line(f"Batch {number} of {len(STORIES)}: {story.told}", "bold cyan")
    print_briefly(report)
    print_left_alone(report)
    line()


def _print_kpis(lake: OpenLake) -> None:
    """The daily table, and the categories of the days that the last batch brought."""
    from spark_jobs.cli.console import line
    from spark_jobs.cli.kpis import kpi_rows
    from spark_jobs.cli.options import Format
    from spark_jobs.cli.reading import show

    show(kpi_rows(lake, "order_kpi_table"), Format.TABLE, title="Daily KPIs (orders kpis daily)")
    line()
    rows = kpi_rows(lake, "category_kpi_table", first=CATEGORY_DAY, last=CATEGORY_DAY)
    show(rows, Format.TABLE, title=f"Categories of {CATEGORY_DAY} (orders kpis category)")
    line()


def _print_results(engine: RunningEngine, reports: list[RunReport], settings: Settings) -> None:
    from spark_jobs.cli.account import print_account, print_rejected
    from spark_jobs.cli.changes import print_commands
    from spark_jobs.cli.reading import open_with

    with open_with(engine, settings.lake) as lake:
        _print_kpis(lake)
        print_account(reports)
        print_rejected(lake, reports)
    at = f"--lake {settings.lake}"
    print_commands(
        [
            f"orders kpis category {at} --format csv",
            f"orders insights products {at}",
            f"orders quarantine list {at}",
            f"orders batches {at}",
            "orders run LANDING        (your own files; see `orders contracts list`)",
        ]
    )

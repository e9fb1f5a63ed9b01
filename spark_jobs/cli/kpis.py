"""`orders kpis`: the two KPI tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spark_jobs.cli.helping import Commands
from spark_jobs.cli.options import Engine, Format, Lake, OutputFormat, settings_of
from spark_jobs.facts.words import EngineName

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake as OpenLake

app = Commands(help="The KPI tables: by day, and by category and day.")

First = Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, 2025-03-08.")]
Last = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")]
All = Annotated[
    bool, typer.Option("--all", help="Also batch_id, version, updated_at and order_month.")
]


@app.command()
def daily(
    lake: Lake = None,
    first: First = None,
    last: Last = None,
    output: OutputFormat = Format.TABLE,
    everything: All = False,
    engine: Engine = None,
) -> None:
    """Orders, revenue, items, returns and customers of each day.

    Examples:
      orders kpis daily
      orders kpis daily --from 2025-03-01 --to 2025-03-31 --format csv > march.csv
    """
    _show("order_kpi_table", lake, (first, last), output, everything, engine)


@app.command()
def category(
    lake: Lake = None,
    first: First = None,
    last: Last = None,
    output: OutputFormat = Format.TABLE,
    everything: All = False,
    engine: Engine = None,
) -> None:
    """Revenue, order value and returns of each category and day.

    Examples:
      orders kpis category --from 2025-03-08 --to 2025-03-08
      orders kpis category --format json | jq '.[0]'
    """
    _show("category_kpi_table", lake, (first, last), output, everything, engine)


def kpi_rows(
    lake: OpenLake,
    table: str,
    *,
    first: date | None = None,
    last: date | None = None,
    everything: bool = False,
) -> DataFrame:
    """A KPI table by key, from one day to another.

    Args:
        everything: Also when it was published, and the month.
    """
    from spark_jobs.cli.reading import between_days
    from spark_jobs.lake.publication import STAMP
    from spark_jobs.lake.tables import MONTH

    rows = between_days(lake.frame(table), first, last).sort(*lake.tables[table].key)
    left_out = () if everything else (*STAMP, MONTH)
    return rows.select(*(name for name in rows.columns if name not in left_out))


def _show(
    table: str,
    lake_folder: Path | None,
    days: tuple[str | None, str | None],
    output: Format,
    everything: bool,
    engine: EngineName | None,
) -> None:
    from spark_jobs.cli.reading import days_of, lake_of, show

    first, last = days_of(*days)
    with lake_of(settings_of(lake=lake_folder, engine=engine)) as lake:
        show(kpi_rows(lake, table, first=first, last=last, everything=everything), output)

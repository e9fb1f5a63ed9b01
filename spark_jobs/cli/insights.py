"""`orders insights`: what the marts tell of products, customers, revenue, volume, times, stock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spark_jobs.cli.helping import Commands
from spark_jobs.cli.kpis import First, Last
from spark_jobs.cli.options import Engine, Format, Lake, OutputFormat, settings_of
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.words import Dataset, EngineName

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.kpis.registry import View
    from spark_jobs.lake.catalog import Lake as OpenLake

app = Commands(help="Insights: products, customers, revenue, volume, fulfilment, inventory.")


@dataclass(frozen=True)
class Insight:
    """One command.

    Args:
        views: What `--by` takes, the default first; as in `kpis/registry.py`, which cannot be
            asked here because it imports the engine.
    """

    about: str
    views: tuple[str, ...]
    examples: tuple[str, ...]


INSIGHTS: dict[str, Insight] = {
    "products": Insight(
        "Best and worst sellers of each month; products counted per order or per day.",
        ("performance", "per_order", "per_day"),
        ("--from 2025-03-01 --to 2025-03-31", "--by per_order --format csv"),
    ),
    "customers": Insight(
        "Orders, days between them, lifetime value and segment of each customer.",
        ("patterns",),
        ("--format csv > customers.csv",),
    ),
    "revenue": Insight(
        "Gross and net revenue by category, product or region.",
        ("category", "product", "region"),
        ("--by product --per month", "--by category --from 2025-03-08 --to 2025-03-08"),
    ),
    "volume": Insight(
        "Orders and units by category and region.",
        ("category", "region"),
        ("--per day", "--by region --per month --format json"),
    ),
    "fulfilment": Insight(
        "Hours to shipping, to delivery, to return: median, 90th percentile, open share.",
        ("stages",),
        ("--from 2025-03-01 --format csv",),
    ),
    "inventory": Insight(
        "Units out by sale, back by return, and net, of each product.",
        ("movement",),
        ("--per month",),
    ),
}


def _command(name: str, insight: Insight) -> Callable[..., None]:
    by_help = f"What to look at: {', '.join(insight.views)}."
    view_option = typer.Option("--by", "--view", help=by_help)
    per_option = typer.Option("--per", help="day or month, where both make sense.")

    def command(
        by: Annotated[str, view_option] = insight.views[0],
        per: Annotated[str | None, per_option] = None,
        lake: Lake = None,
        first: First = None,
        last: Last = None,
        output: OutputFormat = Format.TABLE,
        engine: Engine = None,
    ) -> None:
        _show(Asked(name, by.replace("-", "_"), per, first, last), lake, engine, output)

    # Typer would look the options up among the module's names.
    command.__annotations__ |= {
        "by": Annotated[str, view_option],
        "per": Annotated[str | None, per_option],
    }
    examples = "\n".join(f"  orders insights {name} {example}" for example in insight.examples)
    command.__doc__ = f"{insight.about}\n\nExamples:\n{examples}"
    return command


@dataclass(frozen=True)
class Asked:
    """An insight with its view, period and days."""

    name: str
    by: str
    per: str | None
    first: str | None
    last: str | None


def _show(asked: Asked, lake: Path | None, engine: EngineName | None, output: Format) -> None:
    from spark_jobs.cli.reading import lake_of, show

    views = INSIGHTS[asked.name].views
    if asked.by not in views:
        cure = f"use one of {', '.join(views)}"
        raise UsageError(f"{asked.name} has no {asked.by!r}", where="--by", cure=cure)
    with lake_of(settings_of(lake=lake, engine=engine)) as opened:
        show(insight_rows(opened, asked), output)


def insight_rows(lake: OpenLake, asked: Asked) -> DataFrame:
    """The rows of an insight, sorted by period and key.

    Raises:
        UsageError: The view cannot be had by this period, or a day is none.
    """
    from spark_jobs.cli.reading import between_days, days_of
    from spark_jobs.kpis.insights import PERIODS
    from spark_jobs.kpis.registry import INSIGHTS as REGISTERED
    from spark_jobs.lake.tables import MONTH

    view = REGISTERED[asked.name][asked.by]
    per = _period(view, asked.per)
    days = days_of(asked.first, asked.last)
    sources = {name: _source(lake, name) for name in view.sources}
    sources = {
        name: between_days(rows, *days) if "order_date" in rows.columns else rows
        for name, rows in sources.items()
    }
    rows = view.read(sources, per)
    if "order_date" in rows.columns and MONTH in rows.columns:
        rows = rows.drop(MONTH)
    period = [PERIODS[per]] if per and PERIODS[per] in rows.columns else []
    return rows.sort(*period, *view.key)


def _period(view: View, asked: str | None) -> str:
    if asked is not None and asked not in view.periods:
        cure = f"use {' or '.join(view.periods)}" if view.periods else "leave it out"
        raise UsageError(f"{asked!r} cannot be had here", where="--per", cure=cure)
    return asked or next(iter(view.periods), "")


def _source(lake: OpenLake, name: str) -> DataFrame:
    if name != "lines":
        return lake.frame(name)
    from spark_jobs.kpis.lines import order_lines

    return order_lines(
        lake.frame(Dataset.ORDERS), lake.frame(Dataset.ORDER_ITEMS), lake.frame(Dataset.PRODUCTS)
    )


for _name, _insight in INSIGHTS.items():
    app.command(name=_name)(_command(_name, _insight))

"""What a batch changed and what waits: days before and after, held items, what to type next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_jobs.cli.console import counted, harmless, line, out
from spark_jobs.cli.output import plain_table
from spark_jobs.cli.values import as_text
from spark_jobs.facts.words import Verdict

if TYPE_CHECKING:
    from rich.text import Text

    from spark_jobs.pipeline.report import RunReport, TransformReport
    from spark_jobs.publish.changes import CategoryChange, DayChange

DAYS_SHOWN = 10
CATEGORIES_SHOWN = 10
PROGRAM = "orders"
SHOWN = ("total_orders", "total_revenue", "net_revenue", "total_items_sold", "return_rate")
HEADINGS = ("orders", "revenue", "net revenue", "items", "return rate")


def print_changes(done: TransformReport) -> None:
    """The first changed days with their KPIs before and after."""
    print_days(done.changes, "; `orders kpis daily` shows every day")


def print_days(changes: Sequence[DayChange], hint: str = "") -> None:
    """The first of these days with their KPIs before and after.

    Args:
        hint: Where the others can be seen.
    """
    line()
    if not changes:
        line("No day changed.", "bold")
        return
    shown = changes[:DAYS_SHOWN]
    number = len(changes)
    line(f"Days changed: {number:,}", "bold")
    table = plain_table()
    table.add_column("  day", no_wrap=True)
    table.add_column("", style="dim")
    for heading in HEADINGS:
        table.add_column(heading, justify="right", overflow="fold")
    for change in shown:
        kind = "new" if change.before is None else "gone" if change.after is None else ""
        table.add_row(f"  {change.order_date}", kind, *_cells(change))
    out().print(table)
    if number > len(shown):
        line(f"  and {number - len(shown):,} more{hint}", "dim")


def print_categories(changes: Sequence[CategoryChange]) -> None:
    """The categories whose revenue changed most, over the days on which they changed."""
    from rich.text import Text

    if not changes:
        return
    line()
    line(f"Categories changed: {len(changes):,}", "bold")
    table = plain_table()
    table.add_column("  category", overflow="fold")
    for heading in ("days", "revenue of these days", "by"):
        table.add_column(heading, justify="right", no_wrap=True)
    by_size = sorted(changes, key=lambda one: (-abs(one.difference), one.category))
    for one in by_size[:CATEGORIES_SHOWN]:
        revenue = f"{one.revenue_before:,.2f} → {one.revenue_after:,.2f}"
        name = harmless(f"  {one.category}")
        table.add_row(Text(name), f"{one.days:,}", revenue, f"{one.difference:+,.2f}")
    out().print(table)
    if len(by_size) > CATEGORIES_SHOWN:
        line(f"  and {len(by_size) - CATEGORIES_SHOWN:,} more that changed less", "dim")


def print_waiting(done: TransformReport) -> None:
    """What the lake holds without its order or product."""
    if done.held:
        line()
        line(
            f"Held: {counted(done.held, 'item')} in the lake without an order; counted from the "
            "batch on that brings it (`orders held`)"
        )
    if done.held_overdue:
        line(f"  {done.held_overdue:,} of them for too long (`orders held --overdue`)", "yellow")
    if done.unknown_products:
        line()
        line(
            f"Unknown: {counted(done.unknown_products, 'product')} that items name and the lake "
            "lacks; the items count under the category `unknown`"
        )


def print_next(report: RunReport, lake: Path) -> None:
    """What to type next."""
    commands = [f"orders kpis daily --lake {lake}", f"orders kpis category --lake {lake}"]
    if report.verdict is Verdict.REJECTED:
        commands = ["orders check FILE        (the corrected file, before it is sent again)"]
    if report.batch and report.batch.total("quarantined"):
        commands.append(f"orders quarantine list --lake {lake}")
    if report.transform and report.transform.held:
        commands.append(f"orders held --lake {lake}")
    commands.append(f"orders batches --lake {lake}")
    print_commands(commands)


def print_commands(commands: Sequence[str]) -> None:
    """Commands to type next, one to a line."""
    line()
    line("Next", "bold")
    for command in commands:
        line(f"  {as_called(command)}", "cyan")


def as_called(command: str) -> str:
    """The command with the program as it was called, where `orders` alone would not be found."""
    called = Path(sys.argv[0])
    if called.name != PROGRAM or shutil.which(PROGRAM) == str(called.absolute()):
        return command
    return command.replace(PROGRAM, str(called), 1)


def _cells(change: DayChange) -> list[Text]:
    return [_cell(name, change.before, change.after) for name in SHOWN]


def _cell(
    name: str, before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> Text:
    from rich.text import Text

    if before is None or after is None:
        return Text(_number(before or after, name))
    if before[name] == after[name]:
        return Text(_number(after, name), "dim")
    return Text.assemble((f"{_number(before, name)} → ", "dim"), _number(after, name))


def _number(values: Mapping[str, object] | None, name: str) -> str:
    text = as_text((values or {}).get(name))
    whole, point, places = text.partition(".")
    return f"{int(whole):,}{point}{places}" if whole.isdigit() else text

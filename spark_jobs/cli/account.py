"""The account of several batches: what became of every line, and which were rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spark_jobs.cli.console import harmless, line, out
from spark_jobs.cli.output import plain_table, write_rows
from spark_jobs.cli.summary import COLOURS, WIDE
from spark_jobs.facts.words import Verdict

if TYPE_CHECKING:
    from spark_jobs.lake.catalog import Lake
    from spark_jobs.pipeline import RunReport
    from spark_jobs.rules.verdict import FileVerdict

VERDICT_COUNTS = ("records", "staged", "quarantined", "in_rejected_file")
RECEIPT_COUNTS = ("stored", "superseded", "identical")


def print_account(reports: Sequence[RunReport]) -> None:
    """Every file of the batches with its first sum, on wide screens with the second too."""
    from rich.text import Text

    names = VERDICT_COUNTS + (RECEIPT_COUNTS if out().width >= WIDE else ())
    rows = [
        (number, file, [_count(report, file, name) for name in names])
        for number, report in enumerate(reports, 1)
        for file in report.files
        if file.verdict is not Verdict.SKIPPED
    ]
    table = plain_table("Every line accounted for", footer=True)
    table.add_column("#", style="cyan")
    table.add_column("file", footer="all", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for place, name in enumerate(names):
        total = sum(counts[place] for _, _, counts in rows)
        heading = name.replace("_", " ").replace(" file", "\nfile")
        table.add_column(heading, footer=f"{total:,}", justify="right", no_wrap=True)
    for number, file, counts in rows:
        cells = [Text(f"{count:,}", "" if count else "dim") for count in counts]
        verdict = Text(file.verdict, COLOURS[file.verdict])
        table.add_row(str(number), Text(harmless(file.name)), verdict, *cells)
    out().print(table)
    line("records = staged + quarantined + in rejected file", "dim")
    line("staged = stored + superseded + identical", "dim")
    line()


def _count(report: RunReport, file: FileVerdict, name: str) -> int:
    holder = file if name in VERDICT_COUNTS else report.receipt(file)
    return int(getattr(holder, name))


def print_rejected(lake: Lake, reports: Sequence[RunReport]) -> None:
    """The rejected records from the lake's quarantine, and the files rejected whole."""
    from spark_jobs.cli.options import Format
    from spark_jobs.cli.quarantine import SHOWN, Wanted, listed

    title = "Rejected records (orders quarantine list)"
    write_rows(SHOWN, listed(lake, Wanted()), Format.TABLE, title=title)
    rejected = [
        f"{file.name}: {problem.code}: {problem.message}"
        for report in reports
        for file in report.files
        if file.verdict is Verdict.REJECTED
        for problem in file.problems
    ]
    if rejected:
        line()
        line("Rejected files", "bold")
    for reason in rejected:
        line(reason)

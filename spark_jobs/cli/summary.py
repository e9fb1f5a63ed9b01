"""What a person wants to know at the end of a run: verdict, sums, reasons, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spark_jobs.cli.console import counted, harmless, line, out
from spark_jobs.cli.output import plain_table
from spark_jobs.cli.reasons import print_reasons
from spark_jobs.facts.words import Verdict

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from spark_jobs.pipeline.report import RunReport, TransformReport
    from spark_jobs.rules.reasons import Masks
    from spark_jobs.rules.verdict import BatchVerdict, FileVerdict

COLOURS: dict[Verdict, str] = {
    Verdict.ACCEPTED: "bold green",
    Verdict.PARTIAL: "bold yellow",
    Verdict.REJECTED: "bold red",
    Verdict.SKIPPED: "dim",
}
FILES_SHOWN = 20
WIDE = 110
"""Columns of a screen that all counts fit on."""
NAMES_SHOWN = 5


def print_run(report: RunReport, masks: Masks) -> None:
    """A run, without what to type next: that depends on where it was called from."""
    for earlier in report.resumed:
        line(f"Finished first: batch {earlier.batch_id}, which another run had left validated")
        print_run(earlier, masks)
    if report.batch:
        print_batch(report.batch, masks, report.transform)
    print_left_alone(report)


def print_batch(batch: BatchVerdict, masks: Masks, done: TransformReport | None = None) -> None:
    """A verdict, with the receipts where the transform has run too."""
    judged = [file for file in batch.files if file.verdict is not Verdict.SKIPPED]
    _print_title(batch, done)
    _print_sums(batch, done)
    if any(file.verdict is not Verdict.ACCEPTED for file in judged):
        out().print()
        # On a narrow screen the receipts are left to the sum above.
        out().print(_by_file(judged, done if out().width >= WIDE else None))
    print_reasons(judged, masks)


def print_briefly(report: RunReport) -> None:
    """A run in a few lines: verdict, both sums, how many days changed, how much waits."""
    batch, done = report.batch, report.transform
    if batch is None or done is None:
        line("  Nothing new.")
        return
    _print_title(batch, done)
    _print_sums(batch, done)
    new = sum(1 for change in done.changes if change.before is None)
    corrected = counted(len(done.changes) - new, "earlier day")
    line(f"  {counted(new, 'new day')}, {corrected} corrected")
    if done.held:
        line(f"  {counted(done.held, 'item')} held until the order is there")


def print_left_alone(report: RunReport) -> None:
    """The files that were skipped and ignored, by name."""
    _print_named("Skipped", _with_reasons(report.skipped))
    _print_named("Ignored", report.ignored)


def print_skipped(batch: BatchVerdict) -> None:
    """The contents of a verdict that were received before, by name."""
    skipped = [file for file in batch.files if file.verdict is Verdict.SKIPPED]
    _print_named("Skipped", _with_reasons(skipped))


def _with_reasons(files: Sequence[FileVerdict]) -> list[tuple[str, str]]:
    return [(file.name, "; ".join(each.message for each in file.problems)) for file in files]


def _print_named(said: str, named: Sequence[tuple[str, str]]) -> None:
    if not named:
        return
    line()
    line(f"{said} ({counted(len(named), 'file')})", "bold")
    for name, reason in named[:NAMES_SHOWN]:
        line(f"  {name}: {reason}" if reason else f"  {name}")
    if len(named) > NAMES_SHOWN:
        line(f"  and {len(named) - NAMES_SHOWN:,} more; `--json` names all", "dim")


def _print_title(batch: BatchVerdict, done: TransformReport | None) -> None:
    from rich.text import Text

    judged = sum(1 for file in batch.files if file.verdict is not Verdict.SKIPPED)
    number = f", number {done.sequence}" if done else ""
    title = Text.assemble(
        (batch.verdict.upper(), COLOURS[batch.verdict]),
        f"  {counted(judged, 'file')}, batch {batch.batch_id}{number}",
    )
    out().print(title, soft_wrap=True)


def _print_sums(batch: BatchVerdict, done: TransformReport | None) -> None:
    total = batch.total
    line(
        f"  {total('records'):,} records = {total('staged'):,} staged + "
        f"{total('quarantined'):,} quarantined + {total('in_rejected_file'):,} in rejected files"
    )
    if done:
        stored, superseded, identical = (
            sum(getattr(receipt, name) for receipt in done.receipts.values())
            for name in ("stored", "superseded", "identical")
        )
        line(
            f"  {total('staged'):,} staged = {stored:,} stored + {superseded:,} superseded + "
            f"{identical:,} identical"
        )


def _by_file(files: list[FileVerdict], done: TransformReport | None) -> Table:
    table = plain_table()
    table.add_column("file", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    counts = ["records", "staged", "quarantined", "in rejected\nfile"]
    for name in counts + (["stored", "superseded", "identical"] if done else []):
        table.add_column(name, justify="right", no_wrap=True)
    # Those with something wrong come first, should there be too many to show.
    wrong_first = sorted(files, key=lambda file: file.verdict is Verdict.ACCEPTED)
    for file in wrong_first[:FILES_SHOWN]:
        table.add_row(*_row(file, done))
    if len(files) > FILES_SHOWN:
        table.add_row(f"and {len(files) - FILES_SHOWN:,} more; `--json` names all")
    return table


def _row(file: FileVerdict, done: TransformReport | None) -> list[Text]:
    from rich.text import Text

    cells = [
        Text(harmless(file.name)),
        Text(file.verdict, COLOURS[file.verdict]),
    ]
    numbers = [file.records, file.staged, file.quarantined, file.in_rejected_file]
    if done:
        receipt = done.receipt(file.dataset, file.sha256)
        numbers += [receipt.stored, receipt.superseded, receipt.identical]
    return cells + [Text(f"{number:,}", "dim" if not number else "") for number in numbers]

"""Why files and records were rejected, and what was only told: counts, an example, the cure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spark_jobs.cli.console import harmless, out
from spark_jobs.facts.words import Verdict
from spark_jobs.rules.reasons import Masks, Reason, gather

if TYPE_CHECKING:
    from spark_jobs.rules.verdict import FileVerdict

RULES_SHOWN = 12


def print_reasons(files: Sequence[FileVerdict], masks: Masks) -> None:
    """The problems of rejected files, then the rules that records broke, then warnings."""
    rejected = [file for file in files if file.verdict is Verdict.REJECTED]
    problems = [
        f"  {file.name}: {problem.code}: {problem.message}"
        for file in rejected
        for problem in file.problems
    ]
    _print("Rejected files", problems)
    partial = [file for file in files if file.verdict is not Verdict.REJECTED]
    _print("Quarantined records", _sentences(gather(partial, "violations", masks)))
    _print(
        "Warnings (nothing was rejected for these)", _sentences(gather(files, "warnings", masks))
    )


def _sentences(reasons: Sequence[Reason]) -> list[str]:
    return [_sentence(reason) if reason.records else _told(reason) for reason in reasons]


def _sentence(reason: Reason) -> str:
    """The rule, its count, an example and its cure."""
    about = f" in {reason.column}" if reason.column else ""
    shown = f', as "{reason.example}"' if reason.example else ""
    cure = f": {reason.cure}" if reason.cure else ""
    return f"  {reason.records:>7,} x {reason.code}{about}{shown} ({_where(reason)}){cure}"


def _told(reason: Reason) -> str:
    """A warning about a whole file: it counts no records, its example is the sentence."""
    return f"  {reason.code}: {reason.example or reason.column} ({_where(reason)})"


def _where(reason: Reason) -> str:
    record = f", record {reason.record:,}" if reason.record is not None else ""
    return f"{reason.file}{record}"


def _print(title: str, sentences: Sequence[str]) -> None:
    if not sentences:
        return
    out().print()
    out().print(title, style="bold", markup=False)
    for sentence in sentences[:RULES_SHOWN]:
        out().print(harmless(sentence), markup=False, soft_wrap=True)
    if len(sentences) > RULES_SHOWN:
        more = len(sentences) - RULES_SHOWN
        out().print(f"  and {more:,} more; `--json` has all", style="dim", markup=False)

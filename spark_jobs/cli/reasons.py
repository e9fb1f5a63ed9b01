"""Why files and records were rejected, and what was only told: counts, an example, the cure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spark_jobs.cli.console import harmless, out
from spark_jobs.cli.masking import Masks
from spark_jobs.facts.violations import CURES
from spark_jobs.facts.words import Verdict

if TYPE_CHECKING:
    from spark_jobs.rules.count import Finding
    from spark_jobs.rules.verdict import FileVerdict

RULES_SHOWN = 12
RECORD_CODES_OF_PREFLIGHT = "malformed"


@dataclass
class Reason:
    """One rule over all files.

    Args:
        where: The first place.
    """

    code: str
    column: str
    records: int = 0
    example: str = ""
    where: str = ""

    def sentence(self) -> str:
        """The rule, its count, an example and its cure."""
        about = f" in {self.column}" if self.column else ""
        shown = f', as "{self.example}"' if self.example else ""
        cure = CURES.get(self.code, "")
        return f"  {self.records:>7,} x {self.code}{about}{shown} ({self.where})" + (
            f": {cure}" if cure else ""
        )


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


def gather(files: Iterable[FileVerdict], kind: str, masks: Masks) -> list[Reason]:
    """The findings of all files by rule and column, the most frequent first.

    Args:
        kind: `violations` or `warnings`.
    """
    reasons: dict[tuple[str, str], Reason] = {}
    for file in files:
        for finding in getattr(file, kind):
            reason = reasons.setdefault(
                (finding.code, finding.column), Reason(finding.code, finding.column)
            )
            reason.records += finding.records
            if not reason.where:
                reason.where = _where(file, finding)
                reason.example = masks.example(file, finding)
    return sorted(reasons.values(), key=lambda r: (-r.records, r.code, r.column))


def _where(file: FileVerdict, finding: Finding) -> str:
    record = f", record {finding.record:,}" if finding.record is not None else ""
    return f"{file.name}{record}"


def _sentences(reasons: Sequence[Reason]) -> list[str]:
    return [reason.sentence() if reason.records else _told(reason) for reason in reasons]


def _told(reason: Reason) -> str:
    """A warning about a whole file: it counts no records, its example is the sentence."""
    return f"  {reason.code}: {reason.example or reason.column} ({reason.where})"


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

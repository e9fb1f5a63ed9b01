"""The verdict: what happened to every record of every file, and of the batch.

Pure: reports and counts in, verdict out. Conservation (records = staged + quarantined + in files
rejected whole) is checked here, from counts that were made independently of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.violations import CURES, FileCode, SkipCode, Violation
from spark_jobs.facts.words import Verdict
from spark_jobs.preflight.model import FileReport
from spark_jobs.rules.count import Finding


@dataclass(frozen=True)
class Counts:
    """What was counted in one file: good and bad rows of the split, and what was found.

    Args:
        malformed: Codes of the records that the preflight could not read.
    """

    good: int = 0
    bad: int = 0
    violations: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    malformed: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class FileVerdict:
    """One file of a batch.

    Args:
        problems: Why it was rejected whole.
        records: Records read; staged + quarantined + in_rejected_file add up to it.
    """

    name: str
    sha256: str
    size_bytes: int
    received_at: datetime
    verdict: Verdict
    dataset: str = ""
    shape: str = ""
    records: int = 0
    staged: int = 0
    quarantined: int = 0
    in_rejected_file: int = 0
    problems: tuple[Violation, ...] = ()
    violations: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def content(self) -> tuple[str, str]:
        """What makes it the same file under any name: its dataset and the sha256 of its bytes."""
        return self.dataset, self.sha256

    @property
    def rejected_before(self) -> bool:
        """Whether its content was rejected, and has come again unchanged."""
        return any(problem.code == SkipCode.REJECTED_BEFORE for problem in self.problems)


@dataclass(frozen=True)
class BatchVerdict:
    """A batch, file by file; `staged` names the accepted rows' folders by dataset."""

    batch_id: str
    verdict: Verdict
    files: tuple[FileVerdict, ...]
    contracts: str
    time_zone: str
    engine: str
    created_at: datetime
    staged: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)
    references: dict[str, int] = field(default_factory=dict)
    referee: dict[str, object] = field(default_factory=dict)
    durations: dict[str, float] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """Sum of a count over the files."""
        return sum(getattr(file, name) for file in self.files)


def judge_file(
    report: FileReport, received_at: datetime, counts: Counts, bad_records_percent: Decimal
) -> FileVerdict:
    """The verdict on one preflighted file.

    Raises:
        FatalError: Records were lost or made between preflight and split.
    """
    problems = report.problems
    bad = report.malformed + counts.bad
    if not problems:
        if report.records != counts.good + bad:
            raise FatalError(
                f"{report.records} records were read, {counts.good} are good and {bad} bad",
                where=report.name,
                cure="run again; if it stays, report it with the file",
            )
        if bad * 100 > bad_records_percent * report.records:
            problems = (_too_many(report, bad, bad_records_percent, counts),)
    rejected = bool(problems)
    verdict = Verdict.REJECTED if rejected else Verdict.PARTIAL if bad else Verdict.ACCEPTED
    told = tuple(Finding(str(w.code), w.column, 0, w.message) for w in report.warnings)
    return FileVerdict(
        name=report.name,
        sha256=report.sha256,
        size_bytes=report.size_bytes,
        received_at=received_at,
        verdict=verdict,
        dataset=report.dataset or "",
        shape=report.shape or "",
        records=report.records,
        staged=0 if rejected else counts.good,
        quarantined=0 if rejected else bad,
        in_rejected_file=report.records if rejected else 0,
        problems=problems,
        violations=counts.malformed + counts.violations,
        warnings=told + counts.warnings,
    )


def skipped_file(
    name: str,
    sha256: str,
    size_bytes: int,
    received_at: datetime,
    dataset: str,
    why: str,
    code: SkipCode = SkipCode.RECEIVED_BEFORE,
) -> FileVerdict:
    """The verdict on content that was received before."""
    return FileVerdict(
        name,
        sha256,
        size_bytes,
        received_at,
        Verdict.SKIPPED,
        dataset,
        problems=(Violation(code, why),),
    )


def with_fate_of_first(
    skipped: Sequence[FileVerdict], judged: Sequence[FileVerdict]
) -> list[FileVerdict]:
    """The skipped files; those whose content was rejected in this very batch say so."""
    refused = {file.content: file.name for file in judged if file.verdict is Verdict.REJECTED}

    def told(file: FileVerdict) -> FileVerdict:
        first = refused.get(file.content)
        if first is None:
            return file
        why = f"the same content as {first}, which was rejected"
        return replace(file, problems=(Violation(SkipCode.REJECTED_BEFORE, why),))

    return [told(file) for file in skipped]


def reject_all(files: Sequence[FileVerdict]) -> list[FileVerdict]:
    """All or nothing: where one file is rejected, so are the others (`reject_batch_on`)."""
    rejected = next((file for file in files if file.verdict is Verdict.REJECTED), None)
    if rejected is None:
        return list(files)
    code = FileCode.BATCH_REJECTED
    why = Violation(code, f"{rejected.name} of the same batch was rejected: {CURES[code]}")
    return [
        file
        if file.verdict is Verdict.REJECTED
        else replace(
            file,
            verdict=Verdict.REJECTED,
            staged=0,
            quarantined=0,
            in_rejected_file=file.records,
            problems=(why,),
        )
        for file in files
    ]


def judge_batch(files: Sequence[FileVerdict]) -> Verdict:
    """`rejected` where no file is acceptable, `partial` where anything was rejected."""
    judged = [file for file in files if file.verdict is not Verdict.SKIPPED]
    if judged and all(file.verdict is Verdict.REJECTED for file in judged):
        return Verdict.REJECTED
    if all(file.verdict is Verdict.ACCEPTED for file in judged):
        return Verdict.ACCEPTED
    return Verdict.PARTIAL


def check_quarantine(written: int, files: Sequence[FileVerdict]) -> None:
    """Nothing where as many records lie in quarantine as the verdicts say.

    Raises:
        FatalError: Records were lost on their way into quarantine.
    """
    told = sum(file.quarantined for file in files)
    if written != told:
        raise FatalError(
            f"{told} records are to be quarantined, {written} were written",
            cure="run again; if it stays, report it with the files",
        )


def counts_by_rule(files: Sequence[FileVerdict]) -> dict[str, int]:
    """Records by violation code over all files; a rejected file counts under its own code."""
    totals: dict[str, int] = {}
    for file in files:
        for finding in file.violations:
            totals[finding.code] = totals.get(finding.code, 0) + finding.records
        if file.verdict is Verdict.REJECTED:
            for problem in file.problems:
                totals[problem.code] = totals.get(problem.code, 0) + 1
    return dict(sorted(totals.items()))


def _too_many(report: FileReport, bad: int, allowed: Decimal, counts: Counts) -> Violation:
    first = counts.violations[0] if counts.violations else None
    # Without the value: who shows this cannot tell whether the contract calls it personal.
    most = (
        f"; most often {first.code}" + (f" in {first.column}" if first.column else "")
        if first
        else ""
    )
    code = FileCode.TOO_MANY_BAD_RECORDS
    return Violation(
        code,
        f"{bad} of {report.records} records are bad, over {allowed} %{most}: {CURES[code]}",
    )

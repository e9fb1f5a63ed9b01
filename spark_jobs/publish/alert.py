"""The alert: one message for each batch that a person can act on.

Pure: verdict and report in, text out. What comes from files is escaped, and the values of columns
that a contract calls personal are masked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from spark_jobs.batch.notice import Alert, Links, again, alert, counted, escaped, listed
from spark_jobs.contracts.model import Contract
from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import OrdersError
from spark_jobs.facts.violations import FileCode, WarningCode
from spark_jobs.facts.words import Verdict
from spark_jobs.publish.headers import column_names, told_problem
from spark_jobs.publish.told_days import Transformed, told_days
from spark_jobs.rules.reasons import Masks, Reason, gather
from spark_jobs.rules.verdict import BatchVerdict, FileVerdict

FILES_SHOWN = 20
REASONS_SHOWN = 10
PROBLEMS_SHOWN = 3
_WRONG_FIRST = (Verdict.REJECTED, Verdict.PARTIAL, Verdict.ACCEPTED, Verdict.SKIPPED)
_REFERENCES = {
    WarningCode.UNKNOWN_ORDER: "{} whose order is not known: held until it arrives",
    WarningCode.UNKNOWN_PRODUCT: "{} whose product is not known: counted as category `unknown`",
    WarningCode.CORRECTED_WITHOUT_ID: "{} without a key of their own that replace earlier ones",
}


def validation_alert(verdict: BatchVerdict, contracts: Iterable[Contract], links: Links) -> Alert:
    """What to tell of a batch that ends with its validation: no file of it is acceptable."""
    rejected = _with(verdict.files, Verdict.REJECTED)
    lines = [
        f"Batch {verdict.batch_id} was rejected: {_of(rejected, verdict.files)}.",
        "Nothing of it was counted; the KPIs are as they were.",
        *listed("What to do", _corrections(verdict), 9),
        *_verdict(verdict, None, tuple(contracts)),
    ]
    subject = f"rejected, batch {verdict.batch_id}, {_of(rejected, verdict.files)}"
    return alert(subject, lines, links)


def transform_alert(
    verdict: BatchVerdict, report: Transformed, contracts: Iterable[Contract], links: Links
) -> Alert:
    """What to tell of a batch whose KPIs are published.

    Args:
        report: The `TransformReport`.
    """
    changed = f"{counted(len(report.changes), 'day')} changed"
    wrong = _wrong(verdict)
    lines = [
        f"Batch {verdict.batch_id} was {_ACCEPTANCE[verdict.verdict]}; {changed}.",
        *([f"{wrong}; everything else is counted."] if wrong else []),
        *listed("What to do", _corrections(verdict) + _overdue(report), 9),
        *told_days(report.changes),
        *listed("Waiting in the lake", _waiting(report), 9),
        *_verdict(verdict, report, tuple(contracts)),
    ]
    told = f", {wrong}" if wrong else ""
    subject = f"{verdict.verdict}, batch {verdict.batch_id}{told}, {changed}"
    return alert(subject, lines, links)


def fatal_alert(batch_id: str, task: Task, error: BaseException, links: Links) -> Alert:
    """What to tell of a task that must not go on; text of foreign errors may quote data."""
    known = isinstance(error, OrdersError)
    reason = escaped(str(error), 2000) if known else f"{type(error).__name__} (see its log)"
    lines = [
        f"Batch {batch_id} failed: {task} does not trust what it found and stopped.",
        f"Reason: {reason}",
        "Its files stay in landing; other batches go on.",
        *listed("What to do", ["Remove the cause, then start it again:", again(batch_id)], 9),
    ]
    return alert(f"FAILED in {task}, batch {batch_id}", lines, links)


_ACCEPTANCE = {
    Verdict.ACCEPTED: "accepted",
    Verdict.PARTIAL: "accepted in part",
    Verdict.REJECTED: "rejected",
    Verdict.SKIPPED: "skipped",
}


def _with(files: Iterable[FileVerdict], *verdicts: Verdict) -> list[FileVerdict]:
    return [file for file in files if file.verdict in verdicts]


def _of(some: Sequence[FileVerdict], files: Sequence[FileVerdict]) -> str:
    return f"{len(some):,} of {counted(len(files), 'file')} rejected"


def _wrong(verdict: BatchVerdict) -> str:
    """What was not accepted, in a few words, each content once; empty where everything was."""
    rejected = _with(verdict.files, Verdict.REJECTED)
    contents = {file.content for file in rejected}
    before = [f for f in verdict.files if f.rejected_before and f.content not in contents]
    quarantined = verdict.total("quarantined")
    said = [_of(rejected, verdict.files)] if rejected else []
    said += [f"{counted(len(before), 'file')} rejected before"] if before else []
    said += [f"{counted(quarantined, 'record')} quarantined"] if quarantined else []
    return ", ".join(said)


def _corrections(verdict: BatchVerdict) -> list[str]:
    todo = []
    rejected = [file for file in verdict.files if _is_rejected(file)]
    gone = [file for file in rejected if _is_gone(file)]
    if len(gone) < len(rejected):
        todo += [
            "Correct the rejected files and upload them again under landing/.",
            f"As received they lie in the landing bucket under archive/invalid/{verdict.batch_id}/",
        ]
    if gone:
        some = f"{FileCode.VERSION_GONE}, {counted(len(gone), 'file')}"
        todo += [f"Upload again what was removed from landing unread ({some}): no copy was kept."]
    if verdict.total("quarantined"):
        todo += [
            "Send the quarantined records, corrected, in a new file. They stand in the lake:",
            f"select * from quarantine where batch_id = '{verdict.batch_id}'",
        ]
    return todo


def _is_rejected(file: FileVerdict) -> bool:
    return file.verdict is Verdict.REJECTED or file.rejected_before


def _is_gone(file: FileVerdict) -> bool:
    return any(problem.code == FileCode.VERSION_GONE for problem in file.problems)


def _overdue(report: Transformed) -> list[str]:
    if not report.held_overdue:
        return []
    items = counted(report.held_overdue, "item")
    return [f"Send the missing orders: {items} waited for them longer than allowed."]


def _waiting(report: Transformed) -> list[str]:
    said = []
    if report.held:
        overdue = f", {report.held_overdue:,} of them overdue" if report.held_overdue else ""
        said.append(f"{counted(report.held, 'item')} held until the order arrives{overdue}")
    if report.unknown_products:
        products = counted(report.unknown_products, "product")
        said.append(f"{products} not known: their items count under the category `unknown`")
    return said


def _verdict(
    verdict: BatchVerdict, report: Transformed | None, contracts: Sequence[Contract]
) -> list[str]:
    files = sorted(
        verdict.files, key=lambda f: 0 if _is_rejected(f) else _WRONG_FIRST.index(f.verdict)
    )
    masks, names = Masks.of(contracts), column_names(contracts)
    return [
        *listed(f"Verdict: {verdict.verdict}", _sums(verdict, report), 9),
        *listed(f"Files ({len(files):,})", [_file(file, names) for file in files], FILES_SHOWN),
        *listed("Bad records", _reasons(files, "violations", masks), REASONS_SHOWN),
        *listed("Of this batch", _references(verdict), 9),
        *listed(
            "Warnings (nothing was rejected for these)",
            _reasons(files, "warnings", masks) + _referee(verdict),
            REASONS_SHOWN,
        ),
    ]


def _sums(verdict: BatchVerdict, report: Transformed | None) -> list[str]:
    total = verdict.total
    records = (
        f"{total('records'):,} records = {total('staged'):,} staged + "
        f"{total('quarantined'):,} quarantined + {total('in_rejected_file'):,} in rejected files"
    )
    said = [records]
    if report:
        stored, superseded, identical = (
            sum(getattr(receipt, name) for receipt in report.receipts.values())
            for name in ("stored", "superseded", "identical")
        )
        said.append(
            f"{total('staged'):,} staged = {stored:,} stored + {superseded:,} superseded + "
            f"{identical:,} identical"
        )
    return said


def _file(file: FileVerdict, names: Collection[str]) -> str:
    counts = counted(file.records, "record")
    if file.quarantined:
        counts += f", {file.quarantined:,} quarantined"
    problems = "; ".join(
        f"{problem.code}: {escaped(told_problem(problem, names))}"
        for problem in file.problems[:PROBLEMS_SHOWN]
    )
    more = len(file.problems) - PROBLEMS_SHOWN
    problems += f"; and {more:,} more" if more > 0 else ""
    said = f"{file.verdict}: {escaped(file.name)} ({file.dataset or 'no dataset'}, {counts})"
    return f"{said}: {problems}" if problems else said


def _reasons(files: Iterable[FileVerdict], kind: str, masks: Masks) -> list[str]:
    return [_reason(reason) for reason in gather(files, kind, masks)]


def _reason(reason: Reason) -> str:
    record = f", record {reason.record:,}" if reason.record is not None else ""
    place = f"({escaped(reason.file)}{record})"
    if not reason.records:
        # A warning about a whole file: its example is the sentence.
        return f"{reason.code}: {escaped(reason.example or reason.column)} {place}"
    about = f" in {escaped(reason.column)}" if reason.column else ""
    shown = f', as "{escaped(reason.example)}"' if reason.example else ""
    cure = f": {reason.cure}" if reason.cure else ""
    return f"{reason.records:,} x {reason.code}{about}{shown} {place}{cure}"


def _references(verdict: BatchVerdict) -> list[str]:
    return [
        said.format(counted(verdict.references[code], "item"))
        for code, said in _REFERENCES.items()
        if verdict.references.get(code)
    ]


def _referee(verdict: BatchVerdict) -> list[str]:
    """Expectations of lower severity that were not met; values of columns are not shown."""
    said = []
    for name, result in sorted(verdict.referee.items()):
        found = result.get("expectations", []) if isinstance(result, dict) else []
        for one in found:
            if not one["success"]:
                column = one.get("column", "")
                about = f" on {escaped(column)}" if column else f": {escaped(one['detail'])}"
                rows = f" ({one['unexpected']:,} rows)" if one.get("unexpected") else ""
                said.append(f"{escaped(name)}: {one['expectation']}{about}{rows}")
    return said

"""From a batch's row on AWS, and what is known besides, to what is seen of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from spark_jobs.batch.notice import again, escaped
from spark_jobs.batch.outcome import outcome_of
from spark_jobs.batch.table import Row
from spark_jobs.facts.aws import BatchState, Task
from spark_jobs.facts.words import Outcome, Verdict
from spark_jobs.watch.execution import Execution, Visit
from spark_jobs.watch.sight import End, Mark, Sight, Step
from spark_jobs.watch.verdicts import files_words, verdict_words

END = {
    BatchState.DONE: End.DONE,
    BatchState.FAILED: End.FAILED,
    BatchState.EMPTY: End.EMPTY,
}
GOING = tuple(state for state in BatchState if state not in END)
"""The states of a batch that is on its way."""
_BEFORE_ITS_START = (BatchState.CLOSING, BatchState.SEALED, BatchState.WAITING)
_WRONG = (Outcome.REJECTED, Outcome.FATAL)
_TASK_STATES = {Task.VALIDATE: "RunValidationTask", Task.TRANSFORM: "RunTransformationTask"}
_WAITS = "Wait"


def sight_of(
    row: Row,
    *,
    datasets: Mapping[str, int],
    archived: int,
    execution: Execution,
    verdict: Mapping[str, Any] | None,
    before: int,
    behind: int,
    waiting: Mapping[str, int],
) -> Sight:
    """What is seen of a batch.

    Args:
        datasets: Its files, by dataset.
        archived: How many of them have left landing.
        verdict: The document; None where there is none, or it may not be read.
        before: Batches whose turn is earlier.
        behind: Batches that wait after it.
        waiting: Files that wait for a batch.
    """
    started = row["state"] not in _BEFORE_ITS_START and row["state"] != BatchState.EMPTY
    judged = outcome_of(row, Task.VALIDATE) if started else None
    files = sum(datasets.values())
    steps = (
        _files(row, datasets),
        _turn(row, before, started=started),
        _task(row, Task.VALIDATE, execution, verdict, due=started),
        _task(
            row,
            Task.TRANSFORM,
            execution,
            None,
            due=judged in (Outcome.ACCEPTED, Outcome.PARTIAL),
        ),
        _alert(row, started=started),
        _archive(row, archived, files, started=started),
        _end(row),
    )
    found = judged in (Outcome.ACCEPTED, Outcome.PARTIAL, Outcome.REJECTED)
    return Sight(
        str(row["sk"]),
        str(row["state"]),
        int(row.get("run", 0)),
        steps,
        END.get(row["state"]),
        Verdict(str(judged)) if found else None,
        behind,
        waiting,
        _notices(row, execution),
    )


def _files(row: Row, datasets: Mapping[str, int]) -> Step:
    began = _moment(row.get("opened_at"))
    if row["state"] == BatchState.CLOSING:
        return Step("files", Mark.NOW, f"claiming; closed by {row['closed_by']}", began)
    size = f", {row['bytes']:,} bytes" if "bytes" in row else ""
    note = f"{files_words(datasets)}{size}; closed by {row['closed_by']}"
    mark = Mark.NOW if row["state"] == BatchState.SEALED else Mark.DONE
    return Step("files", mark, note, began)


def _turn(row: Row, before: int, *, started: bool) -> Step:
    if started:
        execution = str(row.get("execution", ""))
        return Step("turn", Mark.DONE, f"execution {execution}", ended=_moment(row["started_at"]))
    if row["state"] != BatchState.WAITING:
        return Step("turn")
    return Step("turn", Mark.NOW, f"{before:,} before it" if before else "next in turn")


def _task(
    row: Row, task: Task, execution: Execution, verdict: Mapping[str, Any] | None, *, due: bool
) -> Step:
    visit = execution.visits.get(_TASK_STATES[task])
    if not due:
        return Step(task)
    began = visit.began if visit else None
    if task is Task.VALIDATE and began is None:
        began = _moment(row.get("started_at"))
    outcome = outcome_of(row, task)
    if outcome is None:
        if row["state"] == BatchState.RUNNING:
            return Step(task, Mark.NOW, _doing(execution, task, visit), began)
        return Step(task, Mark.WRONG, "it left no outcome", began, visit.ended if visit else None)
    code = row.get(f"{task}_code")
    note = str(outcome) + (f" ({escaped(str(code))})" if code else "")
    if verdict and outcome is not Outcome.FATAL:
        note = verdict_words(verdict)
    mark = Mark.WRONG if outcome in _WRONG else Mark.DONE
    return Step(task, mark, note, began, visit.ended if visit else None)


def _doing(execution: Execution, task: Task, visit: Visit | None) -> str:
    """What the execution does for a task that has left no outcome yet."""
    if not visit:
        return ""
    if execution.now == _WAITS:
        return f"attempt {visit.times} failed; waits before the next"
    attempt = f"attempt {visit.times}" if visit.times > 1 else ""
    return attempt if execution.now == _TASK_STATES[task] or not execution.now else ""


def _alert(row: Row, *, started: bool) -> Step:
    if not started:
        return Step("alert")
    if "alerted_at" in row:
        subject = escaped(str(row.get("alert_subject", "")))
        return Step("alert", Mark.DONE, subject, ended=_moment(row["alerted_at"]))
    return Step("alert", Mark.NOW if row["state"] == BatchState.FINISHING else Mark.AHEAD)


def _archive(row: Row, archived: int, files: int, *, started: bool) -> Step:
    if row["state"] == BatchState.FAILED:
        return Step("archive", Mark.WRONG, "the files stay in landing")
    if not started or row["state"] == BatchState.RUNNING:
        return Step("archive")
    mark = Mark.DONE if row["state"] == BatchState.DONE else Mark.NOW
    return Step("archive", mark, f"{archived:,} of {files:,}")


def _end(row: Row) -> Step:
    ended = _moment(row.get("finished_at"))
    if row["state"] == BatchState.EMPTY:
        return Step("end", Mark.DONE, "no file was left for it")
    if row["state"] == BatchState.FAILED:
        note = f"FAILED ({row.get('ending', '')}); mend the cause, then {again(str(row['sk']))}"
        return Step("end", Mark.WRONG, note, ended=ended)
    if row["state"] == BatchState.DONE:
        return Step("end", Mark.DONE, f"DONE ({row.get('ending', '')})", ended=ended)
    return Step("end")


def _notices(row: Row, execution: Execution) -> tuple[str, ...]:
    said = [execution.notice] if execution.notice else []
    if execution.status not in ("", "RUNNING") and row["state"] == BatchState.RUNNING:
        said.append(f"the execution has ended ({execution.status}); cleanup is called by its end")
    if row["state"] == BatchState.FINISHING and "archive_told_at" in row:
        said.append("files cannot be archived, the mail names them; cleanup tries each minute")
    return tuple(said)


def _moment(text: object) -> datetime | None:
    """A time of a row: ISO, with or without milliseconds, `Z` or an offset."""
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

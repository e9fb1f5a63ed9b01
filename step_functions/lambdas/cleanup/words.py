"""What cleanup tells: of a batch for which no task left words, and of files that it cannot move."""

from __future__ import annotations

from collections.abc import Sequence

from spark_jobs.batch.notice import Alert, Links, again, alert, counted, escaped, listed
from spark_jobs.batch.outcome import outcome_of
from spark_jobs.batch.table import Row
from spark_jobs.facts.aws import BatchState, Ending, FileState, Task
from spark_jobs.facts.words import Outcome

from .ending import Judgement

FILES_SHOWN = 20
_TASKS = {
    Ending.SUCCESS: Task.TRANSFORM,
    Ending.VALIDATION_FAILED: Task.VALIDATE,
    Ending.TRANSFORMATION_FAILED: Task.TRANSFORM,
}


def alert_of(row: Row, judgement: Judgement, links: Links) -> Alert:
    """The words of the task that decided, if it left any; an earlier task's tell another story."""
    task = _TASKS[judgement.ending]
    # With trouble in the archive, too, what the task did is done.
    done = judgement.state is BatchState.DONE or bool(judgement.trouble)
    if (
        (done or outcome_of(row, task) is Outcome.FATAL)
        and "alert_subject" in row
        and "alert_message" in row
    ):
        return Alert(row["alert_subject"], row["alert_message"])
    if done:
        return _without_words(row, judgement, links)
    return _failed(row, task, links)


def trouble_of(row: Row, judgement: Judgement, files: Sequence[Row], links: Links) -> Alert | None:
    """What a person must know about files that are not in the archive; None where all are."""
    gone = _named(files, FileState.GONE)
    left = _named(files, FileState.CLAIMED) if judgement.state is BatchState.DONE else []
    if not (gone or left or judgement.trouble):
        return None
    batch_id = row["sk"]
    todo = []
    if judgement.trouble:
        todo += ["Nothing was archived. Start the batch again:", again(batch_id)]
    if left:
        todo += [
            "Give cleanup the rights that it lacks (its log has the code of each refusal).",
            "It tries again each minute, until all are archived; other batches go on.",
        ]
    if gone:
        todo.append("What is gone was judged before: look up who removed it, or send it again.")
    lines = [
        f"The files of batch {batch_id} are not all in the archive.",
        *([f"Reason: {escaped(judgement.trouble, 1000)}"] if judgement.trouble else []),
        *listed("What to do", todo, 9),
        *listed(f"Left in landing ({len(left):,})", left, FILES_SHOWN),
        *listed(f"Gone ({len(gone):,})", gone, FILES_SHOWN),
    ]
    return alert(f"files not archived, batch {batch_id}", lines, links)


def _failed(row: Row, task: Task, links: Links) -> Alert:
    outcome = outcome_of(row, task)
    said = (
        f"said {outcome} ({escaped(row.get(f'{task}_code', ''))})" if outcome else "left no outcome"
    )
    lines = [
        f"Batch {row['sk']} failed: {task} {said}.",
        f"Its {counted(row.get('files', 0), 'file')} stay in landing; other batches go on.",
        "What a dead task began is repeated or finished by the next run: nothing counts twice.",
        *listed(
            "What to do",
            [
                f"Look at the execution and the log of {task}, then start it again:",
                again(row["sk"]),
            ],
            9,
        ),
    ]
    return alert(f"FAILED in {task}, batch {row['sk']}", lines, links)


def _without_words(row: Row, judgement: Judgement, links: Links) -> Alert:
    verdict = outcome_of(row, Task.VALIDATE) or judgement.ending
    lines = [
        f"Batch {row['sk']} has ended: {verdict}. The verdict says what became of each file.",
    ]
    return alert(f"{verdict}, batch {row['sk']}", lines, links)


def _named(files: Sequence[Row], state: FileState) -> list[str]:
    return [
        f"{escaped(file['key'])} (version {escaped(file['version_id'])})"
        for file in files
        if file["state"] == state
    ]

"""How a batch ends: read from the outcomes in its row, never from what the caller says. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spark_jobs.batch.files import batch_key
from spark_jobs.batch.lease import released
from spark_jobs.batch.outcome import outcome_of
from spark_jobs.batch.table import Absent, Condition, Is, Row, Update
from spark_jobs.facts.aws import BatchState, Ending, Task
from spark_jobs.facts.words import Outcome

UNFINISHED = (BatchState.RUNNING, BatchState.FINISHING)
FINISHED = (BatchState.DONE, BatchState.FAILED)


@dataclass(frozen=True)
class Judgement:
    """The end of a batch.

    Args:
        state: DONE: its files go to the archive. FAILED: they stay, for the batch to run again.
            FINISHING: some could not be moved, all else is done.
        rejected: Whether validate accepted none of its files.
        trouble: Why it failed where the outcomes alone do not say it.
    """

    ending: Ending
    state: BatchState
    rejected: bool = False
    trouble: str = ""

    def failed(self, trouble: str) -> Judgement:
        """The same end, but nothing may be archived."""
        return replace(self, state=BatchState.FAILED, trouble=trouble)

    def put_off(self) -> Judgement:
        """The same end, but for files that are left in landing: cleanup comes back for them."""
        return replace(self, state=BatchState.FINISHING, rejected=False)


def judge(row: Row) -> Judgement:
    """The end that the outcomes in a batch's row amount to.

    An execution that was aborted after its transform had written `done` has done its work.
    """
    validated = outcome_of(row, Task.VALIDATE)
    if outcome_of(row, Task.TRANSFORM) is Outcome.DONE:
        return Judgement(Ending.SUCCESS, BatchState.DONE)
    if validated is Outcome.REJECTED:
        return Judgement(Ending.VALIDATION_FAILED, BatchState.DONE, rejected=True)
    if validated in {Outcome.ACCEPTED, Outcome.PARTIAL}:
        return Judgement(Ending.TRANSFORMATION_FAILED, BatchState.FAILED)
    return Judgement(Ending.VALIDATION_FAILED, BatchState.FAILED)


def judge_again(row: Row) -> Judgement:
    """The end of a batch that has ended: FAILED stays FAILED, whatever came to its row later."""
    judgement = judge(row)
    if row["state"] == BatchState.FAILED and judgement.state is BatchState.DONE:
        return judgement.failed("its verdict did not name its files, or its outcome came too late")
    return judgement


def release(row: Row, judgement: Judgement, now: str, *, told: bool) -> tuple[Update, Update]:
    """Ends the batch and frees the lease, as long as the row says what was judged.

    What was not told yet keeps it in the list of what waits, where the sweep finds it.
    A task that was thought dead may write its outcome until the very end.
    """
    done, ended = judgement.state is BatchState.DONE, judgement.state in FINISHED
    outcomes = [f"{task}_outcome" for task in Task]
    same: list[Condition] = [
        Is(name, row[name]) if name in row else Absent(name) for name in outcomes
    ]
    changes = {"state": judgement.state, "ending": judgement.ending}
    end = Update(
        batch_key(row["sk"]),
        set=changes | ({"finished_at": now} if ended else {}),
        remove=["waiting"] if done and told else [],
        when=[Is("execution", row["execution"]), Is("state", *UNFINISHED), *same],
    )
    return end, released(row["execution"])

"""What a task that was thought dead writes after the last look at the row, or unseen by any."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spark_jobs.facts.aws import BatchState, Task
from step_functions.lambdas.cleanup.ending import judge
from tests.step_functions.asl.acts import Act, dies, fails, leaves, reads, reads_before, told
from tests.step_functions.asl.harness import Ended, Pipeline

LARGEST = 2**32 + 1
DEAD = fails("States.TaskFailed", dies(137, reason="OutOfMemoryError: Container killed"))
"""In the largest size the first is the last."""
DOWN = fails("DynamoDB.InternalServerError", "down")
GREEN, REJECTED, UNVALIDATED, UNTRANSFORMED = (
    ("SUCCEEDED", None),
    ("FAILED", "DataRejected"),
    ("FAILED", "ValidationFailed"),
    ("FAILED", "TransformationFailed"),
)
LATE: dict[str, tuple[Act, tuple[str, str | None]]] = {
    "validate rejected": (leaves("rejected", **told("rejected")), REJECTED),
    "validate fatal": (leaves("fatal", **told("fatal")), UNVALIDATED),
    "validate accepted": (leaves("accepted", **told("accepted")), UNTRANSFORMED),
    "validate partial": (leaves("partial", **told("partial")), UNTRANSFORMED),
    "validate nothing": (reads, UNVALIDATED),
    "transform done": (leaves("done", **told("done")), GREEN),
    "transform fatal": (leaves("fatal", transform="", **told("fatal")), UNTRANSFORMED),
    "transform nothing": (reads, UNTRANSFORMED),
}


def too_late(act: Act) -> list[Act]:
    """The task writes between the last look at the row and the marking."""
    return [reads_before(act)]


def unseen(act: Act) -> list[Act]:
    """The task writes, and then nobody can read the row any more."""

    def down(pipeline: Pipeline) -> object:
        act(pipeline)
        return DOWN(pipeline)

    return [down, *[DOWN] * 8]


def run_with(pipeline: Pipeline, case: str, how: Callable[[Act], list[Act]]) -> Ended:
    """An execution whose validation or transformation dies, and leaves its outcome so."""
    if case.startswith(Task.VALIDATE):
        pipeline.script("RunValidationTask", DEAD)
        pipeline.script("Read the outcome", *how(LATE[case][0]))
    else:
        pipeline.script("RunTransformationTask", DEAD)
        pipeline.script("Read the outcome", reads, *how(LATE[case][0]))
    return pipeline.run(size=LARGEST)


@pytest.mark.parametrize("how", [too_late, unseen], ids=["too late", "unseen"])
@pytest.mark.parametrize("case", LATE)
def test_execution_and_cleanup_agree_on_an_outcome_that_nobody_had_seen(
    pipeline: Pipeline, case: str, how: Callable[[Act], list[Act]]
) -> None:
    ended = run_with(pipeline, case, how)
    judgement = judge(dict(pipeline.row()))
    assert (ended.status, ended.error) == LATE[case][1]
    assert ended.told_cleanup == judgement.ending
    assert (ended.error in {None, "DataRejected"}) == (judgement.state is BatchState.DONE)


@pytest.mark.parametrize("how", [too_late, unseen], ids=["too late", "unseen"])
@pytest.mark.parametrize(
    ("case", "subject"),
    [
        ("transform done", "batch done"),
        ("transform fatal", "batch fatal"),
        ("validate rejected", "batch rejected"),
        ("validate fatal", "batch fatal"),
    ],
)
def test_the_mail_is_that_of_the_outcome_that_counts(
    pipeline: Pipeline, case: str, subject: str, how: Callable[[Act], list[Act]]
) -> None:
    run_with(pipeline, case, how)
    assert [mail["Subject"] for mail in pipeline.mails] == [subject]


def test_a_verdict_that_comes_too_late_is_told_with_how_to_go_on(pipeline: Pipeline) -> None:
    run_with(pipeline, "validate accepted", too_late)
    (mail,) = pipeline.mails
    assert mail["Subject"].endswith("ended TRANSFORMATION_FAILED")
    assert "validated (accepted), but that was known too late" in mail["Message"]
    assert "scripts/start_batch.sh --again" in mail["Message"]

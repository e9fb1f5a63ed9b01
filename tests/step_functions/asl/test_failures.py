"""What goes wrong around the tasks: memory, launches, alerts, marks, cleanup."""

from __future__ import annotations

import pytest

from tests.step_functions.asl.acts import Act, cleans, dies, fails, leaves
from tests.step_functions.asl.harness import Pipeline

KILLED = fails("States.TaskFailed", dies(137))
OUT_OF_MEMORY = fails(
    "States.TaskFailed",
    dies(1, reason="OutOfMemoryError: Container killed due to memory usage"),
)
STOPPED = [dies(137, stop=by) for by in ("SpotInterruption", "TerminationNotice", "UserInitiated")]
NO_IMAGE = fails(
    "States.TaskFailed",
    dies(0, stop="TaskFailedToStart", reason="CannotPullContainerError: not found"),
)


def sizes(pipeline: Pipeline, state: str, size: int = 1000) -> list[str]:
    """The memory of each attempt of a state."""
    ended = pipeline.run(size=size)
    return [p["Overrides"]["Memory"] for s, p in ended.parameters if s == state]


@pytest.mark.parametrize("death", [KILLED, OUT_OF_MEMORY], ids=["137", "reason"])
def test_a_task_out_of_memory_gets_the_next_size_and_the_transformation_keeps_it(
    pipeline: Pipeline, death: Act
) -> None:
    pipeline.script("RunValidationTask", death, death, leaves("accepted"))
    ended = pipeline.run()
    given = [(s, p["Overrides"]["Memory"]) for s, p in ended.parameters if s.startswith("Run")]
    assert given == [
        ("RunValidationTask", "4096"),
        ("RunValidationTask", "8192"),
        ("RunValidationTask", "32768"),
        ("RunTransformationTask", "32768"),
    ]
    assert (ended.status, pipeline.waits) == ("SUCCEEDED", [])


def test_a_transformation_out_of_memory_is_run_again_and_validation_is_not(
    pipeline: Pipeline,
) -> None:
    pipeline.script("RunTransformationTask", KILLED, leaves("done"))
    ended = pipeline.run()
    assert [s for s in ended.states if s.startswith("Run")] == [
        "RunValidationTask",
        "RunTransformationTask",
        "RunTransformationTask",
    ]
    assert ended.status == "SUCCEEDED"


def test_out_of_memory_in_the_largest_size_gives_up(pipeline: Pipeline) -> None:
    pipeline.script("RunValidationTask", OUT_OF_MEMORY)
    assert sizes(pipeline, "RunValidationTask") == ["4096", "8192", "32768", "122880"]
    assert (len(pipeline.mails), pipeline.waits) == (1, [])


def test_a_kill_without_a_reason_in_the_largest_size_is_tried_again(pipeline: Pipeline) -> None:
    pipeline.script("RunTransformationTask", KILLED, leaves("done"))
    assert sizes(pipeline, "RunTransformationTask", 2**32 + 1) == ["122880"] * 2
    assert ("transform_outcome" in pipeline.row(), len(pipeline.waits)) == (True, 1)


def test_kills_without_a_reason_are_five_attempts_in_the_largest_size_then_told(
    pipeline: Pipeline,
) -> None:
    pipeline.script("RunValidationTask", KILLED)
    smaller = ["4096", "8192", "32768"]
    assert sizes(pipeline, "RunValidationTask") == [*smaller, *["122880"] * 5]
    assert all(1 <= w <= c for w, c in zip(pipeline.waits, [60, 120, 240, 480], strict=True))
    assert len(pipeline.mails) == 1


@pytest.mark.parametrize("death", STOPPED, ids=["Spot", "maintenance", "a person"])
def test_a_task_that_was_stopped_and_did_not_end_in_time_keeps_its_size(
    pipeline: Pipeline, death: str
) -> None:
    pipeline.script("RunValidationTask", fails("States.TaskFailed", death), leaves("accepted"))
    assert sizes(pipeline, "RunValidationTask") == ["4096", "4096"]


@pytest.mark.parametrize(
    ("size", "memory"),
    [(2**27, "4096"), (2**27 + 1, "8192"), (2**29 + 1, "32768"), (2**32 + 1, "122880")],
)
def test_the_size_follows_the_bytes(pipeline: Pipeline, size: int, memory: str) -> None:
    assert sizes(pipeline, "RunTransformationTask", size) == [memory]


def test_a_batch_that_comes_before_its_image_waits_for_it(pipeline: Pipeline) -> None:
    pipeline.script("RunValidationTask", *[NO_IMAGE] * 20, leaves("accepted"))
    assert pipeline.run().status == "SUCCEEDED"
    assert len(pipeline.waits) == 20
    assert all(30 <= wait <= 300 for wait in pipeline.waits)


@pytest.mark.parametrize(
    "error", ["ECS.ThrottlingException", "ECS.AmazonECSException", "AmazonECS.Unknown"]
)
def test_a_launch_that_ecs_refuses_is_repeated(pipeline: Pipeline, error: str) -> None:
    refused = fails(error, "Capacity is unavailable at this time")
    pipeline.script("RunTransformationTask", *[refused] * 6, leaves("done"))
    ended = pipeline.run()
    assert ended.status == "SUCCEEDED"
    assert ended.states.count("RunTransformationTask") == 2
    assert len(pipeline.waits) == 4 + 1 + 1  # Retry's four, ours, Retry's again


def test_a_launch_that_is_not_allowed_waits_and_is_told_in_the_end(pipeline: Pipeline) -> None:
    pipeline.script("RunValidationTask", fails("ECS.AccessDeniedException", "no PassRole"))
    assert pipeline.run().error == "ValidationFailed"
    assert "no PassRole" in pipeline.mails[0]["Message"]


def test_a_read_that_fails_is_repeated(pipeline: Pipeline) -> None:
    slow = fails("DynamoDB.ThrottlingException", "slow down")
    pipeline.script("Read the outcome", slow, slow)
    assert pipeline.run().status == "SUCCEEDED"
    assert len(pipeline.waits) == 2


@pytest.mark.parametrize(
    ("state", "error"),
    [("Read the batch", "ValidationFailed"), ("Read the outcome", "TransformationFailed")],
)
def test_a_row_that_cannot_be_read_ends_as_failed_with_alert_and_cleanup(
    pipeline: Pipeline, state: str, error: str
) -> None:
    pipeline.script(state, *[fails("DynamoDB.InternalServerError", "down")] * 9)
    ended = pipeline.run()
    assert (ended.error, len(pipeline.mails)) == (error, 1)
    assert pipeline.clean_ups == ["FINISHING"]


def test_an_ending_that_cannot_be_marked_is_left_to_the_rule_and_its_cleanup(
    pipeline: Pipeline,
) -> None:
    pipeline.script("Mark it finishing", *[fails("DynamoDB.InternalServerError", "down")] * 9)
    ended = pipeline.run()
    assert ended.states[-3:] == [
        "Mark it finishing",
        "Note that it is not marked",
        "CleanupFailed",
    ]
    assert (ended.error, pipeline.mails) == ("CleanupFailed", [])
    assert "its end could not be written to its row" in str(ended.cause)


@pytest.mark.parametrize("error", ["Lambda.TooManyRequestsException", "KeyError", "States.Timeout"])
def test_a_cleanup_that_fails_is_repeated(pipeline: Pipeline, error: str) -> None:
    pipeline.script("Clean up", fails(error, "-"), fails(error, "-"), cleans(more=False))
    assert pipeline.run().status == "SUCCEEDED"
    assert len(pipeline.waits) == 2


@pytest.mark.parametrize("outcome", ["done", "rejected"])
def test_a_cleanup_that_fails_for_good_never_ends_green(pipeline: Pipeline, outcome: str) -> None:
    pipeline.script("Clean up", fails("Lambda.ServiceException", "down"))
    if outcome == "rejected":
        pipeline.script("RunValidationTask", leaves("rejected"))
    ended = pipeline.run()
    assert ended.states[-2:] == ["Clean up", "CleanupFailed"]
    assert (ended.status, ended.error) == ("FAILED", "CleanupFailed")
    assert len(pipeline.mails) == 1


@pytest.mark.parametrize("answer", [None, "done", {}, {"more": None}])
def test_an_answer_of_cleanup_without_more_is_no_answer(pipeline: Pipeline, answer: object) -> None:
    pipeline.script("Clean up", lambda _: {"StatusCode": 200, "Payload": answer})
    assert pipeline.run().error == "CleanupFailed"


@pytest.mark.parametrize("outcome", ["done", "rejected"])
def test_files_that_cleanup_left_in_landing_never_end_green(
    pipeline: Pipeline, outcome: str
) -> None:
    first = cleans(more=True, left=1)
    pipeline.script("Clean up", first, cleans(more=False, left=1, state="FINISHING"))
    if outcome == "rejected":
        pipeline.script("RunValidationTask", leaves("rejected"))
    ended = pipeline.run()
    assert ended.states.count("Clean up") == 2
    assert (ended.status, ended.error) == ("FAILED", "CleanupFailed")


def test_a_batch_that_cleanup_calls_failed_never_ends_green(pipeline: Pipeline) -> None:
    pipeline.script("Clean up", cleans(more=False, state="FAILED"))
    ended = pipeline.run()
    assert (ended.status, ended.error) == ("FAILED", "CleanupFailed")

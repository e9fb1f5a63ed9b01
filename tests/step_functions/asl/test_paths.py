"""Every path through the state machine: states in order, ending, mail, row."""

from __future__ import annotations

import pytest

from tests.step_functions.asl.acts import (
    BATCH,
    TASK,
    cleans,
    dies,
    fails,
    leaves,
    leaves_nothing,
    told,
)
from tests.step_functions.asl.harness import Pipeline

START = ["Is the input whole?", "Prepare", "Read the batch", "Is the batch ours?"]
VALIDATE = ["Choose the size", "Small", "Which task is due?", "RunValidationTask"]
OUTCOME = ["Read the outcome", "What did the task leave?"]
TRANSFORM = ["Begin the transformation", "Begin to count anew", "RunTransformationTask"]
MARK = ["Mark it finishing", "What did the batch come to?"]
TELL = ["Take the task's words", "Send the alert", "Mark it alerted"]
CLEAN = ["Clean up", "Is there more to clean up?"]
END = ["Who tells it?", *TELL, *CLEAN, "How does it end?"]
VALIDATED = START + VALIDATE + OUTCOME


@pytest.mark.parametrize("verdict", ["accepted", "partial"])
def test_an_accepted_or_partial_batch_is_transformed_told_and_cleaned_up(
    pipeline: Pipeline, verdict: str
) -> None:
    pipeline.script("RunValidationTask", leaves(verdict, **told(verdict)))
    ended = pipeline.run()
    assert ended.states == [
        *[*VALIDATED, *TRANSFORM, *OUTCOME, *MARK],
        *["Note the success", *END, "Succeeded"],
    ]
    assert ended.status == "SUCCEEDED"
    assert [(m["Subject"], m["Message"]) for m in pipeline.mails] == [
        ("batch done", "all about done")
    ]
    row = pipeline.row()
    assert (row["state"], ended.told_cleanup) == ("FINISHING", "SUCCESS")
    assert row["alerted_at"]
    assert pipeline.clean_ups == ["FINISHING"]


def test_a_rejected_batch_ends_as_data_rejected_and_is_never_retried(pipeline: Pipeline) -> None:
    pipeline.script("RunValidationTask", leaves("rejected", **told("rejected")))
    ended = pipeline.run()
    assert ended.states == [*VALIDATED, *MARK, "Note the rejection", *END, "DataRejected"]
    assert (ended.status, ended.error) == ("FAILED", "DataRejected")
    assert [m["Subject"] for m in pipeline.mails] == ["batch rejected"]
    assert ended.told_cleanup == "VALIDATION_FAILED"


def test_a_fatal_validation_ends_with_its_code_and_is_never_retried(pipeline: Pipeline) -> None:
    pipeline.script("RunValidationTask", leaves("fatal", validate_code="referee", **told("fatal")))
    ended = pipeline.run()
    assert ended.states == [
        *[*VALIDATED, *MARK],
        *["Note the fatal validation", *END, "ValidationFailed"],
    ]
    assert (ended.status, ended.error) == ("FAILED", "ValidationFailed")
    assert "referee" in str(ended.cause)
    assert ended.told_cleanup == "VALIDATION_FAILED"


def test_a_fatal_transformation_ends_as_failed(pipeline: Pipeline) -> None:
    pipeline.script("RunTransformationTask", leaves("fatal", transform="", **told("fatal")))
    ended = pipeline.run()
    assert ended.states == [
        *[*VALIDATED, *TRANSFORM, *OUTCOME, *MARK],
        *["Note the fatal transformation", *END, "TransformationFailed"],
    ]
    assert (ended.error, ended.told_cleanup) == ("TransformationFailed", "TRANSFORMATION_FAILED")


def test_a_word_that_nobody_knows_is_fatal(pipeline: Pipeline) -> None:
    pipeline.script("RunValidationTask", leaves("splendid"))
    assert pipeline.run().error == "ValidationFailed"


@pytest.mark.parametrize(
    ("state", "error", "status"),
    [
        ("RunValidationTask", "ValidationFailed", "VALIDATION_FAILED"),
        ("RunTransformationTask", "TransformationFailed", "TRANSFORMATION_FAILED"),
    ],
)
@pytest.mark.parametrize(
    "act",
    [
        leaves_nothing,
        fails("States.TaskFailed", dies(reason="Essential container in task exited")),
        fails("States.Timeout"),
    ],
    ids=["exits 0 without an outcome", "exits 1", "times out"],
)
def test_a_task_that_leaves_nothing_is_tried_five_times_and_told_by_the_state_machine(
    pipeline: Pipeline, state: str, error: str, status: str, act: object
) -> None:
    pipeline.script("RunValidationTask", leaves("accepted", **told("accepted")))
    pipeline.script(state, act)  # type: ignore[arg-type]
    ended = pipeline.run()
    assert ended.states.count(state) == 5
    assert ended.states[-8:] == [
        *["Who tells it?", "Find words", "Send the alert", "Mark it alerted"],
        *[*CLEAN, "How does it end?", error],
    ]
    assert (ended.error, ended.told_cleanup) == (error, status)
    assert len(pipeline.waits) == 4
    assert all(1 <= w <= c for w, c in zip(pipeline.waits, [60, 120, 240, 480], strict=True))
    (mail,) = pipeline.mails
    assert mail["Subject"] == f"order-pipeline: batch {BATCH} ended {status}"
    assert f"scripts/start_batch.sh --again {BATCH}" in mail["Message"]
    assert "region=eu-west-1#/v2/executions/details/arn:aws:states:eu-west-1" in mail["Message"]


def test_the_mail_of_a_dead_task_names_the_reason_and_not_the_whole_description(
    pipeline: Pipeline,
) -> None:
    death = fails("States.TaskFailed", dies(reason="Essential container in task exited"))
    ended = pipeline.script("RunValidationTask", death).run()
    assert ended.states.count("Take the reason") == 1
    assert '"StoppedReason":"Essential container in task exited"' in pipeline.mails[0]["Message"]
    assert "Containers" not in pipeline.mails[0]["Message"]


def test_the_mail_of_a_dead_task_gives_the_command_that_reads_its_log(pipeline: Pipeline) -> None:
    pipeline.script("RunTransformationTask", fails("States.TaskFailed", dies())).run()
    assert (
        "\n  aws logs get-log-events --region eu-west-1 --log-group-name /ecs/transform-task "
        "--log-stream-name transform/transform/0123abcd --limit 50 "
        "--query 'events[].[message]' --output text\n"
    ) in pipeline.mails[0]["Message"]


@pytest.mark.parametrize(
    "death",
    [
        dies(stop="TaskFailedToStart"),
        dies().replace(TASK, "arn:aws:ecs:eu-west-1:123456789012:task/0123abcd"),
        "out of reach",
    ],
    ids=["never started", "an ARN without a cluster", "no description"],
)
def test_without_a_stream_the_mail_names_the_group(pipeline: Pipeline, death: str) -> None:
    pipeline.script("RunValidationTask", fails("States.TaskFailed", death)).run()
    assert "get-log-events" not in pipeline.mails[0]["Message"]
    assert "\nlog group of the task: /ecs/validate-task\n" in pipeline.mails[0]["Message"]


def test_a_task_that_dies_after_its_outcome_is_not_run_again(pipeline: Pipeline) -> None:
    late = fails("States.TaskFailed", dies(137), first=leaves("accepted"))
    ended = pipeline.script("RunValidationTask", late).run()
    assert ended.states.count("RunValidationTask") == 1
    assert ended.status == "SUCCEEDED"


def test_an_execution_that_does_not_own_the_batch_touches_nothing(pipeline: Pipeline) -> None:
    pipeline.set(execution="another-r2")
    before = pipeline.row()
    ended = pipeline.run()
    assert ended.states == [*START, "NotTheOwner"]
    assert ended.error == "NotTheOwner"
    assert (pipeline.row(), pipeline.mails, pipeline.clean_ups) == (before, [], [])


def test_an_execution_that_loses_the_batch_during_a_task_stops(pipeline: Pipeline) -> None:
    def loses(pipeline: Pipeline) -> object:
        pipeline.set(execution="another-r2", validate_outcome="accepted")
        return {}

    ended = pipeline.script("RunValidationTask", loses).run()
    assert ended.states == [*VALIDATED, "NotTheOwner"]
    assert (pipeline.mails, pipeline.clean_ups) == ([], [])


@pytest.mark.parametrize(
    "other", [{"execution": "another-r2"}, {"state": "DONE"}, {"state": "FAILED"}]
)
def test_marking_that_is_refused_ends_without_harm(
    pipeline: Pipeline, other: dict[str, str]
) -> None:
    def lost_at_the_end(pipeline: Pipeline) -> object:
        pipeline.set(**other)
        return "DynamoDB.ConditionalCheckFailedException", "The conditional request failed"

    ended = pipeline.script("Mark it finishing", lost_at_the_end).run()
    assert ended.states[-2:] == ["Mark it finishing", "NotTheOwner"]
    assert pipeline.row()["state"] == other.get("state", "RUNNING")
    assert (pipeline.mails, pipeline.clean_ups) == ([], [])


@pytest.mark.parametrize("state", ["DONE", "FAILED", "FINISHING"])
def test_a_row_whose_end_somebody_has_begun_is_left_alone_after_one_task(
    pipeline: Pipeline, state: str
) -> None:
    def ended_by_somebody(pipeline: Pipeline) -> object:
        pipeline.set(state=state)
        return "States.TaskFailed", dies(75)

    ended = pipeline.script("RunTransformationTask", ended_by_somebody).run()
    assert ended.states[-3:] == [*OUTCOME, "NotTheOwner"]
    assert ended.states.count("RunTransformationTask") == 1
    assert (pipeline.row()["state"], pipeline.mails, pipeline.clean_ups) == (state, [], [])


def test_a_row_that_dynamodb_itself_refuses_to_mark_ends_without_harm(pipeline: Pipeline) -> None:
    def done_by_somebody(pipeline: Pipeline) -> object:
        pipeline.set(state="DONE", transform_outcome="done")
        return "DynamoDB.ResourceNotFoundException", "no row can be read"

    pipeline.script("Read the outcome", *[done_by_somebody] * 9)
    ended = pipeline.run()
    assert ended.states[-2:] == ["Mark it finishing", "NotTheOwner"]
    assert (pipeline.row()["state"], pipeline.mails) == ("DONE", [])


@pytest.mark.parametrize("given", [{}, {"batch_id": BATCH, "run": 1, "manifest": "s3://b/m"}])
def test_an_input_that_is_not_whole_is_refused(
    pipeline: Pipeline, given: dict[str, object]
) -> None:
    ended = pipeline.run(given)
    assert ended.states == ["Is the input whole?", "InputRefused"]


def test_cleanup_is_called_again_while_it_has_more(pipeline: Pipeline) -> None:
    pipeline.script("Clean up", cleans(more=True), cleans(more=True), cleans(more=False))
    ended = pipeline.run()
    assert ended.states[-8:] == [*CLEAN, *CLEAN, *CLEAN, "How does it end?", "Succeeded"]
    given = [p for s, p in ended.parameters if s == "Clean up"]
    assert {tuple(sorted(p["Payload"])) for p in given} == {
        ("executionArn", "status", "stepFunctionArn")
    }
    assert {p["Payload"]["status"] for p in given} == {"SUCCESS"}

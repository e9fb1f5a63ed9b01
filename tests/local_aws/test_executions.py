"""How executions end, and that their end stops the task that they wait for."""

from __future__ import annotations

import pytest

from tests.local_aws.plays import Play
from tests.local_aws.waits import until

HANGS = "trap 'echo asked to stop; exit 143' TERM; echo started; while :; do sleep 0.2; done"


@pytest.fixture
def play(local_aws):
    play = Play(local_aws)
    play.define()
    play.command(HANGS)
    return play


def test_a_state_beyond_its_time_fails_and_its_task_is_stopped(play):
    execution = play.execute({"TimeoutSeconds": 3})
    task = play.started()

    description = play.ended(execution)

    assert (description["status"], description["error"]) == ("FAILED", "States.Timeout")
    stopped = play.reached(task, "STOPPED")
    assert stopped["stopCode"] == "UserInitiated"
    assert stopped["containers"][0]["exitCode"] == 143
    until(lambda: play.said(task) == ["started", "asked to stop"])


def test_a_state_in_its_time_is_left_alone(play):
    play.command("exit 0")

    assert play.ended(play.execute({"TimeoutSeconds": 20}))["status"] == "SUCCEEDED"


def test_an_execution_beyond_its_time_is_timed_out_and_its_task_is_stopped(play, told):
    caught = {"ErrorEquals": ["States.ALL"], "Next": "Run"}
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 9}
    execution = play.execute(
        {"Retry": [retry], "Catch": [caught], "TimeoutSeconds": 60}, TimeoutSeconds=3
    )
    task = play.started()

    assert play.ended(execution)["status"] == "TIMED_OUT"
    assert play.reached(task, "STOPPED")["containers"][0]["exitCode"] == 143
    assert play.history(execution)[-1] == "ExecutionTimedOut"
    until(lambda: told(execution) == ["RUNNING", "TIMED_OUT"])
    assert play.ecs.list_tasks(cluster=play.name)["taskArns"] == []


def test_an_execution_that_is_stopped_stays_aborted_and_its_task_is_stopped(play, told):
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 9}
    execution = play.execute({"Retry": [retry]})
    task = play.started()

    play.states.stop_execution(executionArn=execution, error="ByHand", cause="a test")

    assert play.reached(task, "STOPPED")["containers"][0]["exitCode"] == 143
    until(lambda: told(execution) == ["RUNNING", "ABORTED"])
    description = play.ended(execution)
    assert (description["status"], description["error"]) == ("ABORTED", "ByHand")
    assert play.history(execution)[-1] == "ExecutionAborted"
    assert play.ecs.list_tasks(cluster=play.name)["taskArns"] == []


def test_an_execution_that_waits_to_try_again_tries_no_more_once_it_is_stopped(play):
    play.command("exit 1")
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2}
    execution = play.execute({"Retry": [retry | {"MaxAttempts": 9}]})
    until(lambda: "TaskFailed" in play.history(execution))

    play.states.stop_execution(executionArn=execution)

    other = play.execute({"Retry": [retry | {"MaxAttempts": 1}]})  # fails later, tries again later
    play.ended(other)
    assert play.history(execution)[-1] == "ExecutionAborted"
    tasks = play.ecs.list_tasks(cluster=play.name, desiredStatus="STOPPED")["taskArns"]
    assert len(tasks) == 1 + 2


def test_nothing_is_called_for_an_execution_that_was_stopped(play):
    execution = play.execute(putting(play, "late"))
    until(lambda: "TaskFailed" in play.history(execution))

    play.states.stop_execution(executionArn=execution)

    other = play.execute(putting(play, "later"))
    until(lambda: "TaskFailed" in play.history(other))
    play.make_a_table()
    play.ended(other)
    assert play.aws.client("dynamodb").scan(TableName=play.name)["Items"] == [
        {"pk": {"S": "later"}}
    ]


def putting(play, key):
    """A state that puts an item; it tries again, two seconds later, while there is no table."""
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 9}
    put = {"TableName": play.name, "Item": {"pk": {"S": key}}}
    return {"Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": put, "Retry": [retry]}


def test_a_task_that_was_not_waited_for_outlives_its_execution(play):
    execution = play.execute({"Resource": "arn:aws:states:::ecs:runTask"})
    play.ended(execution)

    task = play.started()

    assert play.task(task)["desiredStatus"] == "RUNNING"
    play.ecs.stop_task(cluster=play.name, task=task)

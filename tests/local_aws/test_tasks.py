"""`ecs:runTask` of Step Functions: what its state sees of the task's end."""

from __future__ import annotations

import json
import time

import pytest

from tests.local_aws.plays import Play

PLAIN = {"Resource": "arn:aws:states:::ecs:runTask"}


@pytest.fixture
def play(local_aws):
    play = Play(local_aws)
    play.define()
    return play


def test_a_task_that_exits_with_0_is_the_result_in_pascal_case(play):
    play.command("exit 0")

    execution = play.ended(play.execute())

    assert execution["status"] == "SUCCEEDED"
    task = json.loads(execution["output"])
    assert task["LastStatus"] == "STOPPED"
    assert task["StopCode"] == "EssentialContainerExited"
    assert task["StoppedReason"] == "Essential container in task exited"
    assert task["StartedBy"] == "AWS Step Functions"
    assert [one["ExitCode"] for one in task["Containers"]] == [0]
    assert task["StartedAt"] <= task["StoppedAt"] <= time.time() * 1000
    assert task["StoppedAt"] > (time.time() - 60) * 1000


def test_a_container_that_exits_otherwise_fails_the_state_with_the_task_as_cause(play):
    play.command("exit 3")

    execution = play.ended(play.execute())

    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(execution["cause"])
    assert '"ExitCode":3' in execution["cause"]
    assert cause["TaskDefinitionArn"].endswith(f"/{play.name}:1")


def test_a_container_killed_from_outside_has_exit_code_137(play):
    play.command("kill -9 $$")

    assert '"ExitCode":137' in play.ended(play.execute())["cause"]


@pytest.mark.parametrize(
    ("command", "reason"),
    [(None, "CannotPullContainerError"), (["/no/such/program"], "ResourceInitializationError")],
    ids=["no image", "no program"],
)
def test_a_task_that_never_started_fails_the_state(play, command, reason):
    play.command(command)

    execution = play.ended(play.execute())

    assert execution["error"] == "States.TaskFailed"
    task = json.loads(execution["cause"])
    assert task["StopCode"] == "TaskFailedToStart"
    assert task["StoppedReason"].startswith(reason)
    assert "ExitCode" not in task["Containers"][0]


def test_a_task_whose_log_group_is_missing_never_starts(play):
    play.define(log_group="nowhere")
    play.command("exit 0")

    task = json.loads(play.ended(play.execute())["cause"])

    assert task["StopCode"] == "TaskFailedToStart"
    assert "the specified log group does not exist" in task["StoppedReason"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"TaskDefinition": "unknown"}, "ECS.ClientException"),
        ({"Cluster": "arn:aws:ecs:nowhere"}, "ECS.ClusterNotFoundException"),
    ],
    ids=["task definition", "cluster"],
)
def test_a_launch_that_ecs_refuses_is_an_error_of_ecs(play, wrong, error):
    parameters = {"Cluster": play.name, "TaskDefinition": play.name, "LaunchType": "FARGATE"}

    execution = play.ended(play.execute({"Parameters": parameters | wrong}))

    assert (execution["status"], execution["error"]) == ("FAILED", error)


def test_failures_of_the_launch_are_an_unknown_error_and_can_be_retried(play):
    play.command({"refused": "RESOURCE:MEMORY"})
    retry = {"ErrorEquals": ["AmazonECS.Unknown"], "IntervalSeconds": 1, "MaxAttempts": 1}

    execution = play.execute({"Retry": [retry]})
    description = play.ended(execution)

    assert description["error"] == "AmazonECS.Unknown"
    assert json.loads(description["cause"])["Failures"][0]["Reason"] == "RESOURCE:MEMORY"
    events = play.states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events].count("TaskScheduled") == 2


def test_without_sync_the_answer_of_the_launch_is_the_result(play):
    play.command("sleep 60")

    execution = play.ended(play.execute(PLAIN))

    answer = json.loads(execution["output"])
    assert answer["Failures"] == []
    arn = answer["Tasks"][0]["TaskArn"]
    assert play.reached(arn, "RUNNING")["desiredStatus"] == "RUNNING"
    play.ecs.stop_task(cluster=play.name, task=arn)


def test_without_sync_failures_of_the_launch_fail_nothing(play):
    play.command({"refused": "RESOURCE:MEMORY"})

    execution = play.ended(play.execute(PLAIN))

    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["Tasks"] == []

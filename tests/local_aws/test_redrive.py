"""Executions that failed, redriven: they go on where they ended, as the same executions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.plays import Play
from tests.local_aws.roles import a_role, allow, as_role, asked, named
from tests.local_aws.waits import until

HANGS = "trap 'exit 143' TERM; while :; do sleep 0.2; done"
FAILS = {"Type": "Fail", "Error": "Planned", "Cause": "a test"}


@pytest.fixture
def play(local_aws):
    play = Play(local_aws)
    play.define()
    play.command(HANGS)
    return play


def started(play, states, given="{}", **machine):
    """Starts an execution of these states, from the first; its ARN."""
    definition = {"StartAt": next(iter(states)), "States": states} | machine
    made = play.states.create_state_machine(
        name=named("machine"), roleArn=play.role, definition=json.dumps(definition)
    )
    arn = play.states.start_execution(stateMachineArn=made["stateMachineArn"], input=given)
    return arn["executionArn"]


def putting(play):
    """Two states; the second fails until there is a table of the play's name."""
    item = {"pk": {"S.$": "$.made.pk"}}
    parameters = {"TableName": play.name, "Item": item}
    put = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "End": True}
    make = {"Type": "Pass", "Result": {"pk": "made"}, "ResultPath": "$.made", "Next": "Put"}
    return {"Make": make, "Put": put | {"Parameters": parameters, "ResultPath": None}}


def test_it_goes_on_with_the_state_that_failed_and_its_input_under_its_own_name(play):
    execution = started(play, putting(play), '{"given": 1}')
    failed = play.ended(execution)
    play.make_a_table()

    answer = play.states.redrive_execution(executionArn=execution)

    ended = play.ended(execution)
    assert (failed["status"], failed["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    assert ended["redriveDate"] == answer["redriveDate"] > failed["stopDate"]
    assert json.loads(ended["output"]) == {"given": 1, "made": {"pk": "made"}}
    assert "error" not in ended
    for same in ("executionArn", "name", "input", "startDate"):
        assert ended[same] == failed[same]
    (listed,) = play.states.list_executions(stateMachineArn=ended["stateMachineArn"])["executions"]
    assert (listed["status"], listed["redriveCount"]) == ("SUCCEEDED", 1)


def test_its_history_goes_on_and_has_each_state_that_succeeded_once(play):
    execution = started(play, putting(play))
    play.ended(execution)
    before = play.history(execution)
    play.make_a_table()

    play.states.redrive_execution(executionArn=execution)

    play.ended(execution)
    assert before.count("PassStateEntered") == 1
    assert play.history(execution) == [
        *before,
        "ExecutionRedriven",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_a_state_that_fails_is_failed_again_and_everybody_told_and_counted(play, told):
    execution = started(play, {"Fail": FAILS})
    play.ended(execution)

    for number in (1, 2):
        play.states.redrive_execution(executionArn=execution)
        ended = play.ended(execution)
        assert (ended["status"], ended["error"]) == ("FAILED", "Planned")
        assert (ended["redriveCount"], ended["redriveStatus"]) == (number, "REDRIVABLE")
    until(lambda: told(execution) == ["RUNNING", "FAILED"] * 3)


def test_an_execution_that_was_stopped_runs_its_task_again(play, told):
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 9}
    execution = play.execute({"Retry": [retry]})
    first = play.started()
    play.states.stop_execution(executionArn=execution)
    play.reached(first, "STOPPED")
    play.command("exit 0")

    play.states.redrive_execution(executionArn=execution)

    assert play.ended(execution)["status"] == "SUCCEEDED"
    tasks = play.ecs.list_tasks(cluster=play.name, desiredStatus="STOPPED")["taskArns"]
    assert len(tasks) == 2
    until(lambda: told(execution) == ["RUNNING", "ABORTED", "RUNNING", "SUCCEEDED"])


def test_an_execution_that_timed_out_has_its_whole_time_again(play):
    execution = play.execute(TimeoutSeconds=3)
    play.reached(play.started(), "STOPPED")
    assert play.ended(execution)["status"] == "TIMED_OUT"

    play.states.redrive_execution(executionArn=execution)

    again = play.started()
    assert play.ended(execution)["status"] == "TIMED_OUT"
    assert play.reached(again, "STOPPED")["containers"][0]["exitCode"] == 143
    assert play.history(execution).count("ExecutionTimedOut") == 2


def test_what_was_left_of_the_earlier_run_does_not_go_on_beside_it(play):
    wait = {"Type": "Wait", "Seconds": 3, "Next": "Done"}
    execution = started(play, {"Wait": wait, "Done": {"Type": "Succeed"}})
    until(lambda: "WaitStateEntered" in play.history(execution))
    play.states.stop_execution(executionArn=execution)

    play.states.redrive_execution(executionArn=execution)

    ended = play.ended(execution)
    assert ended["status"] == "SUCCEEDED"
    assert (ended["stopDate"] - ended["redriveDate"]).total_seconds() >= wait["Seconds"]
    assert play.history(execution) == [
        "ExecutionStarted",
        "WaitStateEntered",
        "ExecutionAborted",
        "ExecutionRedriven",
        "WaitStateEntered",
        "WaitStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]


def test_an_execution_that_was_redriven_can_be_stopped(play):
    execution = play.execute()
    first = play.started()
    play.states.stop_execution(executionArn=execution)
    play.reached(first, "STOPPED")
    play.states.redrive_execution(executionArn=execution)
    again = play.started()

    play.states.stop_execution(executionArn=execution)

    play.reached(again, "STOPPED")
    assert play.ended(execution)["status"] == "ABORTED"


def test_it_keeps_the_definition_that_it_was_started_with(play):
    execution = started(play, {"Fail": FAILS})
    machine = play.ended(execution)["stateMachineArn"]
    other = {"StartAt": "Fail", "States": {"Fail": {"Type": "Succeed"}}}
    play.states.update_state_machine(stateMachineArn=machine, definition=json.dumps(other))

    play.states.redrive_execution(executionArn=execution)

    assert play.ended(execution)["status"] == "FAILED"


def test_an_execution_that_runs_or_succeeded_is_refused(play):
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    runs, succeeded = started(play, {"Wait": wait}), started(play, {"Done": {"Type": "Succeed"}})
    play.ended(succeeded)

    for execution, status in ((runs, "RUNNING"), (succeeded, "SUCCEEDED")):
        refusal = rf"ExecutionNotRedrivable.*Execution is {status} and cannot be redriven"
        with pytest.raises(ClientError, match=refusal):
            play.states.redrive_execution(executionArn=execution)
        described = play.states.describe_execution(executionArn=execution)
        assert (described["status"], described["redriveStatus"]) == (status, "NOT_REDRIVABLE")
        assert described["redriveCount"] == 0
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        play.states.redrive_execution(executionArn=f"{runs}x")
    play.states.stop_execution(executionArn=runs)


def test_who_redrives_needs_the_right_to(play):
    execution = started(play, {"Fail": FAILS})
    play.ended(execution)
    nobody = a_role(play.aws, allow("states:StartExecution"))
    person = a_role(play.aws, allow("states:RedriveExecution", on=execution))

    with pytest.raises(ClientError, match=r"AccessDenied.*states:RedriveExecution"):
        as_role(play.aws, nobody, "stepfunctions").redrive_execution(executionArn=execution)
    as_role(play.aws, person, "stepfunctions").redrive_execution(executionArn=execution)

    assert asked(play.aws, person) == [("states:RedriveExecution", execution)]
    play.ended(execution)

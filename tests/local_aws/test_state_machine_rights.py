"""A state machine may what its role may, and no more; a refusal has the name that AWS gives it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import StartLocalAws
from tests.local_aws.machines import (
    MANAGED_RULE,
    STARTS,
    STATES,
    TASKS,
    a_cluster,
    a_definition,
    a_function,
    a_function_role,
    a_machine,
    end_of,
    run,
)
from tests.local_aws.roles import EVERYTHING, a_role, a_table, allow, arn, asked, calls_of
from tests.local_aws.server import LocalAws

DYNAMODB = "arn:aws:states:::dynamodb:getItem"
RUN_TASK = "arn:aws:states:::ecs:runTask.sync"
ONLY_BATCHES = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["batch"]}}


@pytest.fixture(scope="module")
def aws(start_local_aws: StartLocalAws) -> LocalAws:
    """A server on which `job` is a process that ends well, and `sleeper` one that does not end."""
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    jobs = {"job": [sys.executable, "-c", ""], "sleeper": sleep}
    return start_local_aws(ORDERS_LOCAL_PROCESSES=json.dumps(jobs))


def key(partition: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": "1"}}


def test_a_machine_may_what_its_role_may_and_no_more(aws: LocalAws) -> None:
    table = a_table(aws)
    role = a_role(aws, allow("dynamodb:GetItem", when=ONLY_BATCHES), service=STATES)
    read = {"TableName": table}

    allowed = end_of(aws, a_machine(aws, role, DYNAMODB, {**read, "Key": key("batch")}))
    refused = end_of(aws, a_machine(aws, role, DYNAMODB, {**read, "Key": key("lease")}))

    assert allowed["status"] == "SUCCEEDED"
    assert refused["error"] == "DynamoDB.AmazonDynamoDBException"
    assert "is not authorized to perform: dynamodb:GetItem" in refused["cause"]
    seen = [(line["action"], line["allowed"], line["via"]) for line in calls_of(aws, role)]
    assert seen == [("dynamodb:GetItem", True, "states"), ("dynamodb:GetItem", False, "states")]


@pytest.mark.parametrize(
    ("resource", "parameters", "error"),
    [
        ("sns:publish", {"TopicArn": arn("sns", "x")}, "SNS.AuthorizationErrorException"),
        ("lambda:invoke", {"FunctionName": "x"}, "Lambda.AWSLambdaException"),
        ("aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "x"}, "S3.S3Exception"),
        ("aws-sdk:sfn:startExecution", {"StateMachineArn": arn("states", "x")}, "Sfn.SfnException"),
        ("aws-sdk:ecs:stopTask", {"Task": "x"}, "Ecs.AccessDeniedException"),
        ("ecs:runTask", {"TaskDefinition": "x:1"}, "ECS.AccessDeniedException"),
    ],
)
def test_a_refusal_fails_the_state_with_the_error_that_aws_names(
    aws: LocalAws, resource: str, parameters: dict[str, Any], error: str
) -> None:
    role = a_role(aws, allow("none:None"), service=STATES)

    ended = end_of(aws, a_machine(aws, role, f"arn:aws:states:::{resource}", parameters))

    assert ended["error"] == error
    assert role.rsplit("/", 1)[-1] in ended["cause"]


def running(
    aws: LocalAws, *rights: Any, job: str = "job", seconds: int = 60
) -> tuple[dict[str, Any], str, str, str]:
    """Runs a task by a machine with these rights; the end, its role, definition and task role."""
    task_role = a_role(aws, EVERYTHING, service=TASKS)
    definition = a_definition(aws, task_role, a_role(aws, STARTS, service=TASKS), job)
    role = a_role(aws, MANAGED_RULE, *rights, service=STATES)
    parameters = {
        "Cluster": a_cluster(aws),
        # Without the revision, as the pipeline does: what is asked for is the newest.
        "TaskDefinition": definition.rsplit(":", 1)[0],
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}},
    }
    return (
        end_of(aws, a_machine(aws, role, RUN_TASK, parameters, seconds)),
        role,
        definition,
        task_role,
    )


def passing(service: str) -> dict[str, Any]:
    when = {"StringEquals": {"iam:PassedToService": service}}
    return dict(allow("iam:PassRole", when=when))


def test_a_task_is_run_by_the_rights_to_run_it_and_to_pass_its_roles(aws: LocalAws) -> None:
    run_it = allow("ecs:RunTask", on=arn("ecs", "task-definition/*:1"))

    ended, role, definition, task_role = running(aws, run_it, passing(TASKS))

    assert ended["status"] == "SUCCEEDED", ended["cause"]
    assert {("ecs:RunTask", definition), ("iam:PassRole", task_role)} <= set(asked(aws, role))


@pytest.mark.parametrize(
    ("rights", "missing"),
    [
        pytest.param([allow("ecs:RunTask")], "iam:PassRole", id="no right to pass"),
        pytest.param(
            [allow("ecs:RunTask"), passing("ec2.amazonaws.com")],
            "iam:PassRole",
            id="to another service",
        ),
        pytest.param(
            [
                allow("ecs:RunTask", when={"ArnEquals": {"ecs:cluster": arn("ecs", "cluster/x")}}),
                passing(TASKS),
            ],
            "ecs:RunTask",
            id="in another cluster",
        ),
    ],
)
def test_a_task_is_not_run_without(aws: LocalAws, rights: list[Any], missing: str) -> None:
    ended, *_ = running(aws, *rights)

    assert ended["error"] == "ECS.AccessDeniedException"
    assert f"perform: {missing}" in ended["cause"]


def test_a_version_of_a_function_is_a_resource_of_its_own(aws: LocalAws) -> None:
    function = a_function(aws, a_function_role(aws), "def handler(event, context): return 1")
    aws.client("lambda").publish_version(FunctionName=function)
    role = a_role(aws, allow("lambda:InvokeFunction", on=function), service=STATES)
    invoke = "arn:aws:states:::lambda:invoke"

    plain = end_of(aws, a_machine(aws, role, invoke, {"FunctionName": function}))
    version = end_of(aws, a_machine(aws, role, invoke, {"FunctionName": f"{function}:1"}))

    assert plain["status"] == "SUCCEEDED"
    assert version["error"] == "Lambda.AWSLambdaException"


def test_a_machine_that_waits_for_tasks_needs_the_rule_by_which_it_hears_of_them(
    aws: LocalAws,
) -> None:
    role = a_role(aws, allow("ecs:RunTask"), service=STATES)

    with pytest.raises(ClientError, match="is not authorized to create managed-rule"):
        a_machine(aws, role, RUN_TASK, {})


def test_a_role_that_does_not_trust_step_functions_makes_no_machine(aws: LocalAws) -> None:
    with pytest.raises(ClientError, match="authorized to assume the provided role"):
        a_machine(aws, a_role(aws, EVERYTHING, service=TASKS), DYNAMODB, {})


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (["logs:*"], "unable to retrieve ecr registry auth"),
        (["logs:*", "ecr:GetAuthorizationToken"], "CannotPullContainerError"),
        (["ecr:*"], "logs:CreateLogStream"),
    ],
)
def test_a_task_never_starts_without_the_rights_of_its_start(
    aws: LocalAws, left: list[str], reason: str
) -> None:
    definition = a_definition(
        aws, a_role(aws, EVERYTHING, service=TASKS), a_role(aws, allow(*left), service=TASKS)
    )

    ended = run(aws, a_cluster(aws), definition)

    assert ended["stopCode"] == "TaskFailedToStart"
    assert reason in ended["stoppedReason"]


@pytest.mark.parametrize("may", [True, False], ids=["allowed", "not allowed"])
def test_step_functions_stops_a_task_by_the_right_to_stop_it(aws: LocalAws, may: bool) -> None:
    stop = [allow("ecs:StopTask", on=arn("ecs", "task/*"))] if may else []
    run_it = allow("ecs:RunTask", "iam:PassRole")

    ended, role, definition, _ = running(aws, run_it, *stop, job="sleeper", seconds=3)

    assert ended["error"] == "States.Timeout"
    (asked_for,) = [line for line in calls_of(aws, role) if line["action"] == "ecs:StopTask"]
    assert asked_for["allowed"] is may
    family = definition.rsplit("/", 1)[-1].split(":")[0]
    cluster = asked_for["resource"].split("/")[1]
    left = aws.client("ecs").list_tasks(cluster=cluster, family=family, desiredStatus="RUNNING")
    assert (left["taskArns"] == []) is may

"""State machines, functions and task definitions for the tests of the local AWS."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from scripts.local_aws.environment import ACCOUNT, REGION
from tests.local_aws.roles import a_role, allow, named
from tests.local_aws.server import LocalAws
from tests.local_aws.waits import until

TASKS, STATES, LAMBDA = (
    "ecs-tasks.amazonaws.com",
    "states.amazonaws.com",
    "lambda.amazonaws.com",
)
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
MANAGED_RULE = allow("events:PutRule", "events:PutTargets", "events:DescribeRule")
STARTS = allow("ecr:*", "logs:*")


def a_machine(
    aws: LocalAws, role: str, resource: str, parameters: Mapping[str, Any], seconds: int = 60
) -> str:
    """A machine of one task, which may last so many seconds; its ARN."""
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    state["TimeoutSeconds"] = seconds
    definition = {"StartAt": "Do", "States": {"Do": state}}
    made = aws.client("stepfunctions").create_state_machine(
        name=named("machine"), roleArn=role, definition=json.dumps(definition)
    )
    return str(made["stateMachineArn"])


def end_of(aws: LocalAws, machine: str) -> dict[str, Any]:
    """Starts it, and tells how the execution ended."""
    sfn = aws.client("stepfunctions")
    execution = sfn.start_execution(stateMachineArn=machine, name=named("run"))["executionArn"]

    def ended() -> Any:
        told = sfn.describe_execution(executionArn=execution)
        return told if told["status"] != "RUNNING" else None

    return dict(until(ended))


def a_definition(aws: LocalAws, task_role: str, start_role: str, name: str = "job") -> str:
    """A task definition of one container; its ARN, with the revision.

    Args:
        name: Of the container, and of its image in ORDERS_LOCAL_PROCESSES.
    """
    group = named(f"/aws/ecs/{name}")
    aws.client("logs").create_log_group(logGroupName=group)
    made = aws.client("ecs").register_task_definition(
        family=named("task"),
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        taskRoleArn=task_role,
        executionRoleArn=start_role,
        containerDefinitions=[
            {
                "name": name,
                "image": f"{REGISTRY}/{name}:1",
                "essential": True,
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": group,
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": name,
                    },
                },
            }
        ],
    )
    return str(made["taskDefinition"]["taskDefinitionArn"])


def a_cluster(aws: LocalAws) -> str:
    """A cluster of its own; its ARN."""
    made = aws.client("ecs").create_cluster(clusterName=named("cluster"))
    return str(made["cluster"]["clusterArn"])


def run(aws: LocalAws, cluster: str, definition: str, seconds: float = 40) -> dict[str, Any]:
    """Runs a task until it has stopped, and describes it."""
    ecs = aws.client("ecs")
    started = ecs.run_task(
        cluster=cluster,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    )
    task = started["tasks"][0]["taskArn"]

    def stopped() -> Any:
        told = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]
        return told if told["lastStatus"] == "STOPPED" else None

    return dict(until(stopped, seconds))


def a_function(aws: LocalAws, role: str, code: str, **more: Any) -> str:
    """A function whose `handler(event, context)` stands in `code`; its ARN."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    made = aws.client("lambda").create_function(
        FunctionName=named("function"),
        Role=role,
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
        **more,
    )
    return str(made["FunctionArn"])


def a_function_role(aws: LocalAws, *rights: Mapping[str, Any]) -> str:
    """A role that Lambda takes and that may write its log."""
    return a_role(aws, allow("logs:*"), *rights, service=LAMBDA)

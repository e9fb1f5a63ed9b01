"""A task has the credentials of its own role, from loopback, for minutes; a function its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.local_aws.environment import REGION
from spark_jobs.session import ENGINES
from tests.local_aws.conftest import StartLocalAws
from tests.local_aws.machines import (
    STARTS,
    TASKS,
    a_cluster,
    a_definition,
    a_function,
    a_function_role,
    run,
)
from tests.local_aws.roles import EVERYTHING, a_role, allow, calls_of
from tests.local_aws.server import LocalAws

LIFE = 2
JOB = Path(__file__).with_name("job_with_credentials.py")
LAKE_JOB = Path(__file__).with_name("job_with_a_lake.py")
LAKES = {engine: f"lake-of-{engine}" for engine in ENGINES}
"""The bucket of each engine's lake; its database is called so too, with underscores."""
SECONDS = 240
"""A job starts an engine; Apache Spark's takes ten seconds on an idle machine."""


@pytest.fixture(scope="module")
def aws(start_local_aws: StartLocalAws) -> LocalAws:
    jobs = {"job": [sys.executable, str(JOB), str(LIFE)]}
    for engine, bucket in LAKES.items():
        place = [database_of(engine), f"s3://{bucket}/warehouse", str(LIFE + 1)]
        jobs[engine] = [sys.executable, str(LAKE_JOB), engine, *place]
    return start_local_aws(
        ORDERS_LOCAL_PROCESSES=json.dumps(jobs), ORDERS_LOCAL_CREDENTIAL_SECONDS=str(LIFE)
    )


def database_of(engine: str) -> str:
    return LAKES[engine].replace("-", "_")


@pytest.fixture(scope="module")
def role(aws: LocalAws) -> str:
    return a_role(aws, EVERYTHING, service=TASKS)


@pytest.fixture(scope="module")
def told(aws: LocalAws, role: str) -> dict[str, Any]:
    """What the job says of itself; it outlives its first credentials."""
    definition = a_definition(aws, role, a_role(aws, STARTS, service=TASKS))
    task = run(aws, a_cluster(aws), definition)["taskArn"].rsplit("/", 1)[-1]
    printed = (aws.folder / "tasks" / task / "job" / "output.log").read_text()
    assert printed.startswith("{"), printed
    return dict(json.loads(printed.splitlines()[-1])) | {"task": task}


def test_a_task_calls_as_a_session_of_its_own_role(told: dict[str, Any], role: str) -> None:
    assert told["who"].endswith(f":assumed-role/{role.rsplit('/', 1)[-1]}/{told['task']}")


def test_a_task_outlives_its_credentials(told: dict[str, Any]) -> None:
    assert told["later"] == told["who"]
    assert told["other_key"]


def test_credentials_end(told: dict[str, Any]) -> None:
    assert told["expired_s3"] == "ExpiredToken"
    assert told["expired_dynamodb"] == "ExpiredTokenException"


def test_no_key_stands_in_the_environment_of_a_task(told: dict[str, Any]) -> None:
    assert told["static"] == []
    assert told["region"] == REGION


def test_credentials_are_on_loopback_alone(told: dict[str, Any], aws: LocalAws) -> None:
    assert told["address"].startswith(f"{aws.url}/")


def test_credentials_are_for_who_holds_the_token(told: dict[str, Any]) -> None:
    asked = ("no_token", "wrong_token", "right_token", "other_address")

    assert [told[how] for how in asked] == [403, 403, 200, 404]


def test_an_engine_writes_to_a_glue_lake_beyond_the_life_of_its_credentials(
    aws: LocalAws, engine_name: str
) -> None:
    """Sail renews them in Rust, Spark in Java: both from the endpoint that Fargate has too."""
    aws.client("s3").create_bucket(
        Bucket=LAKES[engine_name], CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    aws.client("glue").create_database(DatabaseInput={"Name": database_of(engine_name)})
    role = a_role(aws, allow("s3:*", "glue:*"), service=TASKS)
    definition = a_definition(aws, role, a_role(aws, STARTS, service=TASKS), engine_name)

    task = run(aws, a_cluster(aws), definition, SECONDS)["taskArn"].rsplit("/", 1)[-1]

    printed = (aws.folder / "tasks" / task / engine_name / "output.log").read_text()
    assert '{"rows": ["after", "before"]}' in printed, printed
    done = {(line["action"], line["allowed"]) for line in calls_of(aws, role)}
    assert {("s3:PutObject", True), ("glue:UpdateTable", True)} <= done


def test_a_role_that_does_not_trust_tasks_starts_none(aws: LocalAws) -> None:
    other = a_role(aws, EVERYTHING, service="lambda.amazonaws.com")
    definition = a_definition(aws, other, a_role(aws, STARTS, service=TASKS))

    ended = run(aws, a_cluster(aws), definition)

    assert ended["stopCode"] == "TaskFailedToStart"
    assert f"ECS was unable to assume the role '{other}'" in ended["stoppedReason"]


def test_a_function_calls_as_a_session_of_its_own_role(aws: LocalAws) -> None:
    role = a_function_role(aws)
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    return boto3.client('sts').get_caller_identity()['Arn']\n"
    )
    function = a_function(aws, role, code, Timeout=30)

    answer = aws.client("lambda").invoke(FunctionName=function)["Payload"].read()

    assert f":assumed-role/{role.rsplit('/', 1)[-1]}/" in json.loads(answer)

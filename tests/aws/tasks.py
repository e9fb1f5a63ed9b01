"""A way to run a task's container: in this process. As processes of their own: tests/e2e."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import boto3

from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import OrdersError
from spark_jobs.pipeline import RunOptions
from spark_jobs.pipeline.aws.environment import TaskEnvironment
from spark_jobs.pipeline.aws.task import Clients, perform
from spark_jobs.session import Engine
from tests.conftest import make_active
from tests.pipeline.aws.cloud import JOBS

RunTask = Callable[[str, Sequence[str], Mapping[str, str]], int]
"""Job, command and environment of a container in, exit code out."""


def keys_of(role: str) -> dict[str, str]:
    """An access key that is called as the role: moto's request log tells actors apart by it."""
    return {"aws_access_key_id": role, "aws_secret_access_key": "testing"}


def in_this_process(engine: Engine) -> RunTask:
    """Runs tasks here, on a running engine: much faster, and past the command line."""

    def run(job: str, command: Sequence[str], variables: Mapping[str, str]) -> int:
        make_active(engine)
        task = Task(job)
        flag, manifest = command
        assert flag == "--manifest"
        environment = TaskEnvironment.read(variables, task)
        clients = Clients(*(_client(name, job) for name in ("s3", "dynamodb")))
        try:
            perform(
                task,
                environment,
                clients,
                lambda message, **fields: print(message, fields),
                manifest,
                lambda run: JOBS[task](run, lambda: nullcontext(engine), RunOptions()),
            )
        except OrdersError as error:
            print(error)
            return 1
        return 0

    return run


def _client(service: str, role: str) -> Any:
    return boto3.client(service, **keys_of(role))

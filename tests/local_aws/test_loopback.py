"""Nobody but this machine reaches the local AWS, its functions, or the jobs that it runs."""

from __future__ import annotations

import json
import os
import socket
import sys

import pytest

from scripts.local_aws.running import descendants
from tests.local_aws.conftest import StartLocalAws
from tests.local_aws.machines import (
    STARTS,
    TASKS,
    a_cluster,
    a_definition,
    a_function,
    a_function_role,
)
from tests.local_aws.roles import a_role
from tests.local_aws.server import LocalAws
from tests.local_aws.sockets import PROC, is_loopback, listening
from tests.local_aws.waits import until

pytestmark = pytest.mark.skipif(not (PROC / "net" / "tcp").exists(), reason="only Linux tells it")
SECONDS = 240
OPENED = "the engine is open"
JOB = f"""
import pathlib, sys, tempfile, time
from spark_jobs.session import open_engine

with open_engine(sys.argv[1], pathlib.Path(tempfile.mkdtemp())) as engine:
    engine.spark.sql("SELECT 1").collect()
    print({OPENED!r}, flush=True)
    time.sleep(600)
"""


def family(aws: LocalAws) -> list[int]:
    return [aws.pid, *descendants(aws.pid)]


def strangers_may_come(pids: list[int]) -> dict[int, list[str]]:
    """The addresses that are not of loopback."""
    found = listening(pids).items()
    open_ = {pid: [str(one) for one in some if not is_loopback(one)] for pid, some in found}
    return {pid: addresses for pid, addresses in open_.items() if addresses}


def test_a_socket_that_is_open_to_all_would_be_seen() -> None:
    for host, kind in (("0.0.0.0", socket.AF_INET), ("::", socket.AF_INET6)):  # noqa: S104
        with socket.socket(kind) as listener:
            listener.bind((host, 0))
            listener.listen()
            assert strangers_may_come([os.getpid()]) == {os.getpid(): [host]}


def test_the_server_and_its_functions_listen_on_loopback_alone(local_aws: LocalAws) -> None:
    function = a_function(local_aws, a_function_role(local_aws), "def handler(*_): return 1")
    local_aws.client("lambda").invoke(FunctionName=function)

    assert local_aws.pid in listening(family(local_aws))
    assert len(family(local_aws)) > 1, "the function has no process"
    assert strangers_may_come(family(local_aws)) == {}


def test_a_job_listens_on_loopback_alone(start_local_aws: StartLocalAws, engine_name: str) -> None:
    jobs = {"job": [sys.executable, "-c", JOB, engine_name]}
    aws = start_local_aws(ORDERS_LOCAL_PROCESSES=json.dumps(jobs))
    roles = a_role(aws, service=TASKS), a_role(aws, STARTS, service=TASKS)
    cluster, definition = a_cluster(aws), a_definition(aws, *roles)
    ran = aws.client("ecs").run_task(cluster=cluster, taskDefinition=definition)
    task = ran["tasks"][0]["taskArn"]
    output = aws.folder / "tasks" / task.rsplit("/", 1)[-1] / "job" / "output.log"
    until(lambda: output.exists() and OPENED in output.read_text(), SECONDS)

    others = set(family(aws)) - {aws.pid}
    assert others & listening(others).keys(), "the engine does not listen"
    assert strangers_may_come(family(aws)) == {}
    aws.client("ecs").stop_task(cluster=cluster, task=task)

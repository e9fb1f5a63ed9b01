"""AWS on loopback for tests that need it over HTTP: moto's server, in a process of its own.

The fixture `aws` empties it and points this process's environment at it: engines, pyiceberg,
boto3 and child processes meet the same S3, Glue and DynamoDB. Tests that need boto3 alone are
faster with moto's `mock_aws` in process.

Moto's Glue takes an update whose `VersionId` is no longer the current one; AWS answers with
`ConcurrentModificationException`, on which Iceberg's commits depend. The server adds that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.session import Engine, GlueWarehouse, open_engine

REGION = "eu-west-1"
_LEFT_OUT = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""What no real account accepts."""


class AwsServer:
    """The server's process, which ends with this one; `url` is where it answers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.aws_server"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port:
            raise RuntimeError("moto's server did not start; its error stands above")
        self.url = f"http://127.0.0.1:{port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that make clients of AWS talk to this server."""
        return CREDENTIALS | {"AWS_ENDPOINT_URL": self.url, "AWS_ALLOW_HTTP": "true"}

    def reset(self) -> None:
        """Forget everything that was stored."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310

    def stop(self) -> None:
        """End the server."""
        self._process.communicate(timeout=30)


@pytest.fixture(scope="session")
def aws_server() -> Iterator[AwsServer]:
    """The one server of this run; use `aws`, unless a fixture lives longer than a test."""
    server = AwsServer()
    yield server
    server.stop()


@pytest.fixture
def aws(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> AwsServer:
    """An empty AWS, to which this process's environment points for the time of the test."""
    aws_server.reset()
    for name in _LEFT_OUT:
        monkeypatch.delenv(name, raising=False)
    for name, value in aws_server.environment.items():
        monkeypatch.setenv(name, value)
    return aws_server


@pytest.fixture(scope="session")
def glue_sail(aws_server: AwsServer) -> Iterator[Engine]:
    """A Sail that knows Glue, for tests with `aws`; `.for_warehouse(…)` binds their lake.

    It learns of Glue when it starts. The environment is left at once: what lived as long as this
    fixture would point the clients of all later tests here.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.environment.items():
            patch.setenv(name, value)
        engine = open_engine("sail", GlueWarehouse("order_lake", "s3://orders-lake/warehouse"))
    with engine:
        yield engine


def check_versions() -> None:
    """Let moto's Glue refuse an update of a table that somebody else has updated, as AWS does."""
    from moto.core.exceptions import JsonRESTError
    from moto.core.responses import ActionResult
    from moto.glue.responses import GlueResponse

    stock = GlueResponse.update_table
    one_at_a_time = threading.Lock()

    def update_table(self: Any) -> ActionResult:
        expected = self.parameters.get("VersionId")
        with one_at_a_time:
            table = self.glue_backend.get_table(
                self.parameters.get("DatabaseName"), self.parameters["TableInput"]["Name"]
            )
            if expected is not None and expected != table.as_dict()["VersionId"]:
                raise JsonRESTError("ConcurrentModificationException", "Update table failed")
            answer: ActionResult = stock(self)
            return answer

    GlueResponse.update_table = update_table  # type: ignore[method-assign]


def serve() -> None:
    """Answer on a free port, told by the first line, until the parent closes our input."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    check_versions()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()

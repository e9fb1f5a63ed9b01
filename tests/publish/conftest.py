"""A DynamoDB with empty tables: moto's in process, and Amazon's DynamoDB Local."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from spark_jobs.session import Engine
from tests.publish.stage import KEYS, Press, create_tables
from tests.support.aws_server import CREDENTIALS
from tests.support.dynamodb_local import dynamodb_local

__all__ = ["dynamodb_local"]


@pytest.fixture
def local(dynamodb_local: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of DynamoDB Local, to which this process's environment points."""
    for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": dynamodb_local}).items():
        monkeypatch.setenv(name, value)
    client = boto3.client("dynamodb")
    create_tables(client)
    yield client
    for name in KEYS:
        client.delete_table(TableName=name)
    client.close()


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client)
        yield client


@pytest.fixture(params=["moto", "local"])
def client(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def press(sail_engine: Engine, client: Any) -> Press:
    return Press(sail_engine, client)

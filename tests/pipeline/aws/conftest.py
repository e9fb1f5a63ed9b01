"""The jobs as tasks, against an AWS on loopback, on Sail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spark_jobs.session import Engine, open_engine
from tests.conftest import make_active
from tests.pipeline.aws.cloud import WAREHOUSE, Cloud
from tests.support.aws_server import AwsServer


@pytest.fixture(scope="session")
def tasks_sail(aws_server: AwsServer) -> Iterator[Engine]:
    """A Sail that knows Glue: it learns of it when it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.environment.items():
            patch.setenv(name, value)
        with open_engine("sail", WAREHOUSE) as engine:
            yield engine


@pytest.fixture
def each_cloud(
    aws: AwsServer, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Cloud:
    """An account with nothing in it, for each engine."""
    engine = request.getfixturevalue("tasks_sail" if engine_name == "sail" else "spark_engine")
    make_active(engine)
    return Cloud(aws, engine.for_warehouse(WAREHOUSE), tmp_path / "work")


@pytest.fixture
def cloud(aws: AwsServer, tasks_sail: Engine, tmp_path: Path) -> Cloud:
    """An account with nothing in it."""
    make_active(tasks_sail)
    return Cloud(aws, tasks_sail, tmp_path / "work")

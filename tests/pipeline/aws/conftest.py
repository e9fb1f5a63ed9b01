"""The jobs as tasks, against an AWS on loopback, on Sail."""

from __future__ import annotations

from pathlib import Path

import pytest

from spark_jobs.session import Engine
from tests.conftest import make_active
from tests.pipeline.aws.cloud import WAREHOUSE, Cloud
from tests.support.aws_server import AwsServer


@pytest.fixture
def each_cloud(
    aws: AwsServer, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Cloud:
    """An account with nothing in it, for each engine."""
    engine = request.getfixturevalue("glue_sail" if engine_name == "sail" else "spark_engine")
    make_active(engine)
    return Cloud(aws, engine.for_warehouse(WAREHOUSE), tmp_path / "work")


@pytest.fixture
def cloud(aws: AwsServer, glue_sail: Engine, tmp_path: Path) -> Cloud:
    """An account with nothing in it."""
    make_active(glue_sail)
    return Cloud(aws, glue_sail.for_warehouse(WAREHOUSE), tmp_path / "work")

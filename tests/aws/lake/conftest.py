"""A lake in the Glue catalog for each test, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from spark_jobs.lake.catalog import Lake
from spark_jobs.session import Engine, GlueWarehouse
from tests.conftest import make_active
from tests.support.aws_server import REGION, AwsServer

WAREHOUSE = GlueWarehouse("order_lake", "s3://orders-lake/warehouse")


@pytest.fixture
def warehouse(aws: AwsServer) -> GlueWarehouse:
    """An empty database and bucket, as Terraform makes them."""
    place = {"LocationConstraint": REGION}
    boto3.client("s3").create_bucket(Bucket=WAREHOUSE.bucket, CreateBucketConfiguration=place)
    boto3.client("glue").create_database(DatabaseInput={"Name": WAREHOUSE.database})
    return WAREHOUSE


@pytest.fixture
def glue_engine(
    engine_name: str, request: pytest.FixtureRequest, warehouse: GlueWarehouse
) -> Engine:
    """Each engine on an empty Glue database."""
    running: Engine = request.getfixturevalue(
        "glue_sail" if engine_name == "sail" else "spark_engine"
    )
    make_active(running)
    return running.for_warehouse(warehouse)


@pytest.fixture
def lake(glue_engine: Engine, tmp_path: Path) -> Iterator[Lake]:
    with Lake.open(glue_engine, scratch=tmp_path / "scratch") as opened:
        yield opened


@pytest.fixture
def sail_lake(glue_sail: Engine, warehouse: GlueWarehouse, tmp_path: Path) -> Iterator[Lake]:
    """On Sail alone, for what lies above the engines."""
    with Lake.open(glue_sail.for_warehouse(warehouse), scratch=tmp_path / "scratch") as opened:
        yield opened

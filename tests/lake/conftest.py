"""An open lake of the test's own."""

from collections.abc import Iterator

import pytest

from spark_jobs.lake.catalog import Lake
from spark_jobs.session import Engine


@pytest.fixture
def lake(lake_engine: Engine) -> Iterator[Lake]:
    with Lake.open(lake_engine) as opened:
        yield opened

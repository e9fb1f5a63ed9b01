"""The dirtiest lake, made once on each engine: a shop, its last batch with the hostile corpus."""

from collections.abc import Callable

import pytest

from spark_jobs.pipeline import RunOptions, run_batch
from spark_jobs.session import Engine
from tests.oracle.oracle import utc
from tests.proof.harness import lake_of
from tests.proof.hostile_corpus import HostileRun, drop_corpus
from tests.proof.killing import RECEIVED, drop_three_batches

DirtyLake = Callable[[Engine], HostileRun]
TIMES = {**RECEIVED, "third": utc("2025-06-01 00:00")}
"""The last batch comes late: what the second said is newer."""


@pytest.fixture(scope="session")
def dirty_lake(tmp_path_factory: pytest.TempPathFactory) -> DirtyLake:
    """Gives the dirty lake of an engine; the corpus is in its last batch."""
    landing = tmp_path_factory.mktemp("dirty")
    drop_three_batches(landing)
    drop_corpus(landing / "third")
    made: dict[str, HostileRun] = {}

    def dirty_lake_of(engine: Engine) -> HostileRun:
        if engine.name not in made:
            lake = tmp_path_factory.mktemp(f"lake-{engine.name}")
            for name, received_at in TIMES.items():
                options = RunOptions(received_at=received_at)
                report = run_batch(engine, landing / name, lake, options=options)
            rows = lake_of(engine, lake).read("quarantine").collect()
            made[engine.name] = HostileRun(lake, report, [row.asDict() for row in rows])
        return made[engine.name]

    return dirty_lake_of


@pytest.fixture(scope="session")
def hostile_run(engine: Engine, dirty_lake: DirtyLake) -> HostileRun:
    """The outcome of the corpus on one engine."""
    return dirty_lake(engine)

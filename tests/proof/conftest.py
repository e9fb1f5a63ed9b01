"""The hostile corpus, run once on each engine: all its files in one batch."""

import pytest

from spark_jobs.pipeline import RunOptions, run_batch
from spark_jobs.session import Engine
from tests.oracle.oracle import utc
from tests.proof.hostile_corpus import HostileRun, drop_corpus


@pytest.fixture(scope="session")
def hostile_run(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> HostileRun:
    """The outcome of the corpus on one engine."""
    folder = tmp_path_factory.mktemp(f"hostile-{engine.name}")
    drop_corpus(folder / "landing")
    report = run_batch(
        engine,
        folder / "landing",
        folder / "lake",
        options=RunOptions(received_at=utc("2025-06-01 00:00")),
    )
    bound = engine.for_warehouse(folder / "lake" / "warehouse")
    quarantine = [row.asDict() for row in bound.read("quarantine").collect()]
    return HostileRun(engine.name, folder / "lake", report, quarantine)

"""Both engines for every test that asks for one: each started once, Spark while Sail's tests run.

Fixtures: `engine` (each test runs on Sail and on Spark), `lake_engine` (the same, on an empty lake
of the test's own), `sail_engine`, `spark_engine` (one of them; `.for_warehouse(folder)` binds a
lake). `pytest --engine sail` leaves Spark out. `aws`: an AWS on loopback,
over HTTP; `glue_sail`: a Sail that knows its Glue.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from spark_jobs.session import ENGINES, Engine, open_engine
from tests.support.aws_server import (  # fixtures for all tests
    aws,  # noqa: F401
    aws_server,  # noqa: F401
    glue_sail,  # noqa: F401
)
from tests.support.spark_server import SparkAddress, SparkServer

SERVER = pytest.StashKey[SparkServer]()
WORKER_INPUT = "orders_spark"
"""Under this name a worker of xdist is told where the Spark of all workers answers."""
COLLECTED = pytest.StashKey[list[str]]()
"""Every test of this run, chosen or not; tests/docs compares the failure matrix with it."""
MADE_ONCE = {
    "tests/proof/test_conservation.py": "dirty lake",
    "tests/proof/test_differential.py": "dirty lake",
    "tests/rules/test_values.py": "values",
}
"""Files that share a fixture of minutes: all of their tests go to one worker."""
LONG = ("slow", "spark")
"""Marks of tests that take long, the longest first."""


def pytest_configure(config: pytest.Config) -> None:
    """No test may meet the account that this shell points to."""
    config.stash[COLLECTED] = []
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]


def pytest_itemcollected(item: pytest.Item) -> None:
    item.config.stash[COLLECTED].append(item.nodeid)


@pytest.fixture(autouse=True)
def nothing_points_to_an_aws() -> None:
    """A fixture that outlives its test may not leave the clients of later tests an address."""
    assert not [name for name in os.environ if name.startswith("AWS_")]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, help="run the tests of this engine only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        metafunc.parametrize("engine_name", ENGINES, scope="session")


def needed_engines(item: pytest.Item) -> set[str]:
    """The engines that a test starts."""
    parameters: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    names = getattr(item, "fixturenames", ())
    needed = {name for name in ENGINES if f"{name}_engine" in names}
    return needed | {parameters["engine_name"]} if "engine_name" in parameters else needed


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "spark" in needed_engines(item):
            item.add_marker(pytest.mark.spark)
    only = config.getoption("--engine")
    if only:
        left_out = [item for item in items if needed_engines(item) - {only}]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def pytest_long_ones_first(config: pytest.Config, items: list[pytest.Item]) -> None:
    """So that no worker ends with one of them while the others have nothing left to do."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: [mark not in item.keywords for mark in LONG])


class Together(LoadScopeScheduling):  # type: ignore[misc]  # no types are published
    """Each test by itself to whoever is free, but all of a file whose fixture is costly to one.

    In place of `--dist loadgroup`, whose marks pytest 9.2 does not hand to xdist 3.8.
    """

    def _split_scope(self, nodeid: str) -> str:
        return MADE_ONCE.get(nodeid.partition("::")[0], nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Our own, where tests are to be grouped."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """One Spark for all workers of xdist, started while they collect."""
    stash = node.config.stash
    if node.config.getoption("--engine") == "sail":
        return
    if SERVER not in stash:
        stash[SERVER] = SparkServer()
    node.workerinput[WORKER_INPUT] = dataclasses.asdict(stash[SERVER].address)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spark takes ten seconds to start: begin at once, while other tests run."""
    config = session.config
    wanted = any("spark" in needed_engines(item) for item in session.items)
    if wanted and not hasattr(config, "workerinput") and not config.option.collectonly:
        config.stash[SERVER] = SparkServer()


def spark_address(config: pytest.Config) -> SparkAddress:
    """Where the Spark of this run answers."""
    told = getattr(config, "workerinput", {}).get(WORKER_INPUT)
    return SparkAddress(**told) if told else config.stash[SERVER].address


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server:
        server.stop()


@pytest.fixture(scope="session")
def sail_engine() -> Iterator[Engine]:
    with open_engine("sail") as engine:
        yield engine


@pytest.fixture(scope="session")
def spark_engine(pytestconfig: pytest.Config) -> Iterator[Engine]:
    with open_engine("spark", master=spark_address(pytestconfig).url()) as engine:
        yield engine


@pytest.fixture(scope="session")
def engine(engine_name: str, request: pytest.FixtureRequest) -> Engine:
    """A running engine without a lake; each test runs on both."""
    engine: Engine = request.getfixturevalue(f"{engine_name}_engine")
    make_active(engine)
    return engine


@pytest.fixture
def lake_engine(engine: Engine, tmp_path: Path) -> Engine:
    """A running engine on an empty lake of the test's own."""
    make_active(engine)
    return engine.for_warehouse(tmp_path / "lake")


def make_active(engine: Engine) -> None:
    """Great Expectations and others ask pyspark for the session of this thread."""
    type(engine.spark)._set_default_and_active_session(engine.spark)  # type: ignore[attr-defined]

"""Servers for the tests of the local AWS.

Fixtures: `local_aws` (one server for the whole run; give what you make names of your own),
`start_local_aws` (another one, with settings of the test's, stopped after the module), `told` (what
EventBridge hears of the executions of a module's `play`), `folder` (of a `make local-up`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.local_aws.stack import Stack
from tests.local_aws.fake_terraform import terraform  # noqa: F401  (a fixture)
from tests.local_aws.plays import Play, Told
from tests.local_aws.server import LocalAws

StartLocalAws = Callable[..., LocalAws]


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    server = LocalAws(tmp_path_factory.mktemp("local_aws") / "files")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def start_local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartLocalAws]:
    """Call it with settings (`AUTH="false"`, `ORDERS_LOCAL_CREDENTIAL_SECONDS="2"` …)."""
    started: list[LocalAws] = []

    def start(**settings: str) -> LocalAws:
        server = LocalAws(tmp_path_factory.mktemp("local_aws") / "files", settings)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def folder(tmp_path: Path, terraform: Path) -> Iterator[Path]:  # noqa: F811
    """Of a stack that `local-up` makes."""
    path = tmp_path / "aws"
    yield path
    Stack(path).stop()


@pytest.fixture
def told(play: Play) -> Iterator[Told]:
    told = Told(play)
    yield told
    told.end()

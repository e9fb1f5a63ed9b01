"""One local AWS for each test process, the real Terraform applied once, every case judged.

`world` is the environment with the words for a case (`world.py`). When a case has passed, the whole
account is judged by `checker/`: everything since the deployment, not the case's part alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from threading import Lock

import pytest

from scripts.local_aws.deployment import Deployment, Variable
from scripts.local_aws.images import deploy, is_deployed
from scripts.local_aws.stack import PROCESSES, Stack
from tests.e2e.account import Account
from tests.e2e.calls import RECORD
from tests.e2e.checker import Checker
from tests.e2e.containers import PATIENCE_SECONDS, TASKS, WorldOfContainers, backend
from tests.e2e.emulator import scale_waits
from tests.e2e.world import WAIT_SCALE, World

VARIABLES: Mapping[str, Variable] = {
    # One file of each dataset is a batch, whatever the order in which their events arrive.
    "min_products_files": 1,
}
KEEP = "ORDERS_E2E_KEEP"
"""Names a folder: its account is used, made first where it is missing, and left running."""
LEFT_RUNNING: list[Stack] = []
"""A process that is collected while it runs would be told as an error."""
PASSED = pytest.StashKey[bool]()
Say = Callable[[str], None]


def pytest_configure() -> None:
    """What cannot be had is told once, before anything starts."""
    backend()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends what a worker has left running that was interrupted within a test."""
    if not hasattr(config, "workerinput") and hasattr(config, "_tmp_path_factory"):
        stop_servers_below(config._tmp_path_factory.getbasetemp())


def stop_servers_below(folder: Path) -> None:
    """Ends every local AWS of this run; one that an account was kept of lies elsewhere."""
    for record in folder.glob("**/server.json"):
        Stack(record.parent).stop()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of this folder that needs a local AWS is one of `make e2e`."""
    for item in items:
        needs = "stack" in getattr(item, "fixturenames", ())
        if needs and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)
            if backend() == "containers":
                item.add_marker(pytest.mark.timeout(PATIENCE_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest, worker_id: str) -> Say:
    """Tells the person who waits, past pytest's capture; from any thread."""
    one_at_a_time = Lock()
    capture = request.config.pluginmanager.getplugin("capturemanager")
    started = time.monotonic()

    def told(text: str) -> None:
        with one_at_a_time, capture.global_and_fixture_disabled():
            print(
                f"  [{worker_id} {time.monotonic() - started:4.0f} s] {text}",
                file=sys.stderr,
                flush=True,
            )

    return told


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, say: Say, worker_id: str) -> Iterator[Stack]:
    """The local AWS of this test process; that of an earlier run where ORDERS_E2E_KEEP says so."""
    kept = os.environ.get(KEEP)
    folder = Path(kept) / worker_id if kept else tmp_path_factory.mktemp("aws")
    stack = Stack(folder, tasks=backend())
    if stack.server is None:  # what was stored is gone with its server
        shutil.rmtree(stack.folder, ignore_errors=True)
    stack.start()
    assert stack.server
    runs = stack.server.tasks
    assert runs == backend(), (
        f"tasks are {runs} in {folder}: take another folder, or {TASKS}={runs}"
    )
    say(f"local AWS at {stack.url}, files in {stack.folder}")
    yield stack
    if kept:
        LEFT_RUNNING.append(stack)
    else:
        stack.stop()


@pytest.fixture(scope="session")
def deployment(stack: Stack, say: Say) -> Deployment:
    """The default environment, applied."""
    deployment = Deployment(stack, variables=VARIABLES)
    if not is_deployed(stack, deployment):
        deploy(stack, deployment, say)
    return deployment


def world_of(stack: Stack, deployment: Deployment, folder: Path | None = None) -> World:
    """The words for an environment that is deployed.

    Args:
        folder: Of its own; within the deployment's by default.
    """
    kind = WorldOfContainers if backend() == "containers" else World
    return kind(
        Account(stack.credentials, deployment.outputs, stack.files / RECORD),
        terraform=deployment.root,
        processes=stack.files / "processes.json",
        usual=PROCESSES,
        folder=folder or deployment.folder / "world",
    )


@pytest.fixture(scope="session")
def the_world(stack: Stack, deployment: Deployment) -> World:
    """The environment as it goes from case to case."""
    scale_waits(stack.url, WAIT_SCALE)
    return world_of(stack, deployment)


@pytest.fixture(scope="session")
def checker(the_world: World, say: Say) -> Checker:
    """Judges the environment."""
    checker = Checker(the_world)
    for complaint in checker.new_complaints():
        say(f"kept from an earlier run: {complaint}")
    return checker


@pytest.fixture
def world(the_world: World, checker: Checker, request: pytest.FixtureRequest) -> Iterator[World]:
    """The environment at rest; judged when the case has passed."""
    if left := the_world.unrest():
        pytest.fail(f"an earlier case left the account in disorder: {left}")
    the_world.begin()
    yield the_world
    if not request.node.stash.get(PASSED, False):
        the_world.recover()
        checker.new_complaints()  # told by the case itself
    else:
        the_world.drain()
        complaints = checker.new_complaints()
        assert not complaints, "\n".join(["the account is not as it must be:", *complaints])

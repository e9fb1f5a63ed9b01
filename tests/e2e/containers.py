"""The cases on tasks that are containers: the images of docker/, as Fargate runs them.

All cases run, on images of the code as it is when the account is made. Acts are planted when a
container starts (`staging.py`), and reach it through the engine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest

from scripts.local_aws.engine import check_engine, docker
from scripts.local_aws.errors import MissingError
from tests.e2e.acts import Held
from tests.e2e.world import T, World

TASKS = "ORDERS_E2E_TASKS"
"""Names the backend of tasks: one of BACKENDS, the first by default."""
BACKENDS = ("processes", "containers")
PATIENCE_SECONDS = 1800
"""For a case, since the first one also waits for images to be built and pushed."""
SLOWER = 3
"""So many times as long as with processes may what a case waits for take."""


@cache
def backend() -> str:
    """The backend that is asked for.

    Raises:
        UsageError: There is none of that name, or no container engine for it.
    """
    asked = os.environ.get(TASKS) or BACKENDS[0]
    if asked not in BACKENDS:
        raise pytest.UsageError(f"{TASKS} is {asked!r}: use {' or '.join(BACKENDS)}")
    if asked == "containers":
        try:
            check_engine()
        except MissingError as error:
            raise pytest.UsageError(str(error)) from error
    return asked


class HeldContainers(Held):
    """The containers of the acts of one task; notes hold their names."""

    def taking(self, usual: Sequence[str]) -> list[str]:
        """What the local AWS asks how a container starts."""
        return [sys.executable, "-m", "tests.e2e.staging", str(self.folder), usual[-1]]

    def is_held(self, number: int = 0) -> bool:
        """Whether the job has come to its moment, and stands."""
        states = _docker("top", self._name(number), "-eo", "pid,stat").split()
        return any(state.startswith("T") for state in states)

    def go_on(self, number: int = 0) -> None:
        """Lets it go on: the container's first process hands the signal on."""
        _docker("kill", "--signal", "CONT", self._name(number))

    def has_ended(self, number: int = 0) -> bool:
        """Whether it was started and is gone."""
        name = self._name(number)
        running = _docker("inspect", "--format", "{{.State.Running}}", name)
        return bool(name) and running.strip() != "true"

    def end(self) -> None:
        """Kills what still lives of them."""
        for path in self.folder.glob("*.name"):
            _docker("kill", path.read_text())

    def inspected(self, number: int = 0) -> Any:
        """How the engine runs it."""
        return json.loads(_docker("inspect", self._name(number)))[0]

    def run(self, *command: str, number: int = 0) -> str:
        """What a command prints in it, as its user."""
        return _docker("exec", self._name(number), *command)

    def _name(self, number: int) -> str:
        note = self.folder / f"{number}.name"
        return note.read_text() if note.exists() else ""


class WorldOfContainers(World):
    """A world whose acts are done to containers."""

    held = HeldContainers

    def until(self, what: str, condition: Callable[[], T], timeout: float = 120) -> T:
        """As for processes; but containers take longer to start, most of all on a busy machine."""
        return super().until(what, condition, SLOWER * timeout)


def _docker(*arguments: str) -> str:
    """What docker prints; nothing where it has no such container."""
    return subprocess.run(
        [docker(), *arguments], capture_output=True, text=True, check=False
    ).stdout

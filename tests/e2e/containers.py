"""The cases on tasks that are containers: the images of docker/, as Fargate runs them.

A case that disturbs the job's process from outside (`acts`, `launches`) has no such process here,
and is skipped. All others run, on images of the code as it is when the account is made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn

import pytest

from scripts.local_aws.engine import check_engine
from scripts.local_aws.errors import MissingError
from tests.e2e.acts import Act
from tests.e2e.world import World

TASKS = "ORDERS_E2E_TASKS"
"""Names the backend of tasks: one of BACKENDS, the first by default."""
BACKENDS = ("processes", "containers")
PATIENCE_SECONDS = 1800
"""For a case, since the first one also waits for images to be built and pushed."""


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


class WorldOfContainers(World):
    """A world whose jobs nobody can disturb."""

    @contextmanager
    def acts(self, job: str, *acts: Act) -> Iterator[NoReturn]:
        """Skips the case."""
        _skip(f"disturbs the process of {job}")
        yield

    @contextmanager
    def launches(self, job: str, entry: Any) -> Iterator[NoReturn]:
        """Skips the case."""
        _skip(f"replaces the process of {job}")
        yield


def _skip(what: str) -> NoReturn:
    pytest.skip(f"{what}: not with {TASKS}=containers")

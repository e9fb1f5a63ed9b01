"""A gate in an empty AWS; `gate(event)` is an invocation of the Lambda."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from step_functions.lambdas.batch_gate import handler as lambda_handler
from step_functions.lambdas.batch_gate.gate import metrics
from tests.batch.aws.world import World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        # In a Lambda these stand in the environment before the module is loaded.
        metrics.namespace, metrics.service = "OrderPipeline", "batch-gate"
        yield made


@pytest.fixture
def gate(world: World) -> Callable[[Any], dict[str, Any]]:
    return lambda event: lambda_handler.handler(event, None)

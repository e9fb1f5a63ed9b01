from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from step_functions.lambdas.cleanup import handler, telling
from tests.lambdas.cleanup.stage import REGION, Stage, client


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Stage]]:
    """Stages in an AWS of this test's own."""
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_REGION", REGION)
        # In a Lambda these stand in the environment before the module is loaded.
        monkeypatch.setattr(handler.metrics, "namespace", "OrderPipeline")
        monkeypatch.setattr(handler.metrics, "service", "cleanup")
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        monkeypatch.setattr(telling, "POLL_SECONDS", 0.01)
        yield Stage
        handler.clients.cache_clear()
        client.cache_clear()


@pytest.fixture
def stage(stages: type[Stage], monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = stages()
    monkeypatch.setenv("ORDERS_STATE_TABLE", made.table.name)
    monkeypatch.setenv("ORDERS_LANDING_PREFIX", "landing/")
    monkeypatch.setenv("ORDERS_STATE_MACHINE_ARN", made.machine)
    monkeypatch.setenv("ORDERS_TOPIC_ARN", made.topic)
    return made

"""The pipeline of these tests."""

from collections.abc import Iterator

import pytest

from tests.step_functions.asl.harness import Pipeline, a_pipeline


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """Validation accepts, transformation is done, cleanup has no more to do."""
    with a_pipeline(monkeypatch) as made:
        yield made

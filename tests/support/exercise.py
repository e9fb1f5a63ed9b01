"""The exercise: real files of a shop with their exact KPIs, which lie beside this repository."""

import os
from pathlib import Path

import pytest

EXERCISE = Path(
    os.environ.get("ORDERS_EXERCISE") or Path(__file__).parents[3] / "shared" / "data" / "exercise"
)
"""Its folder; ORDERS_EXERCISE names another."""


def exercise_or_skip(folder: Path = EXERCISE) -> Path:
    """The folder of the exercise; skips where it is absent, but fails in CI."""
    if not folder.is_dir():
        assert "CI" not in os.environ, f"{folder} is needed in CI"
        pytest.skip(f"{folder} is not there: ORDERS_EXERCISE names the exercise's folder")
    return folder

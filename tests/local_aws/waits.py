"""Waiting for what comes about by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

SECONDS = 30.0


def until(look: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first thing seen that is true."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < end, "not seen in time"
        time.sleep(0.2)
    return seen

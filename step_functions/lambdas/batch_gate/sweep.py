"""The sweeper: each minute, whatever was lost, late or died half-way is brought to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .figures import tell_figures
from .gate import Gate, logger
from .lost import LISTING_SECONDS, note_lost
from .refused import archive_refused, tell_refused
from .running import clean_up_rest, close_due, look_after_lease, resume_closing, start_next

_SECONDS = 115.0
"""Of the 120 that Terraform gives an invocation."""


def sweep(gate: Gate) -> dict[str, Any]:
    """All steps, each whatever became of the others.

    Returns:
        What each step did.

    Raises:
        ExceptionGroup: Steps failed; the others are done.
    """
    end = time.monotonic() + _SECONDS
    steps: dict[str, Callable[[], Any]] = {
        "found": lambda: note_lost(gate, LISTING_SECONDS),
        "resumed": lambda: resume_closing(gate),
        "closed": lambda: close_due(gate),
        "looked_after": lambda: look_after_lease(gate),
        "started": lambda: start_next(gate),
        "figures": lambda: tell_figures(gate),
        "cleaned_up": lambda: clean_up_rest(gate),
        "refused_told": lambda: tell_refused(gate),
        "archived": lambda: archive_refused(gate, end - time.monotonic()),
    }
    done: dict[str, Any] = {}
    failed: list[Exception] = []
    for name, step in steps.items():
        try:
            done[name] = step()
        except Exception as error:  # noqa: BLE001 (no step may stop the others)
            logger.exception("a step of the sweep failed", step=name)
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {len(steps)} steps of the sweep failed", failed)
    return done

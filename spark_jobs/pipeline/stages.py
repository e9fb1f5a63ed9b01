"""What a run is doing, for the person who waits and for the run history."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stages:
    """Durations by stage, in seconds.

    Args:
        on_stage: Called with the words of the stage that begins.
        on_done: Called with the words of a stage that was left, and its seconds.
    """

    on_stage: Callable[[str], None] | None = None
    durations: dict[str, float] = field(default_factory=dict)
    on_done: Callable[[str, float], None] | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures the enclosed statements under a name; a name may come again."""
        if self.on_stage:
            self.on_stage(name)
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            self.durations[name] = round(self.durations.get(name, 0.0) + spent, 3)
            if self.on_done:
                self.on_done(name, round(spent, 3))

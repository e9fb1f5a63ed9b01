"""What the machine lends to this process."""

import os


def available_processors() -> int:
    """The processors that this process may use, at least one."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1

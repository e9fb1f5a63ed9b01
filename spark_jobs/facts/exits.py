"""Exit codes of the command and the jobs (64, 70 and 75 as in sysexits.h)."""

from enum import IntEnum


class Exit(IntEnum):
    """What a caller may rely on."""

    DONE = 0
    REJECTED = 3
    """The batch has no acceptable file (by `orders run`)."""
    PARTIAL = 4
    """Some files or records were rejected, under `--strict`."""
    USAGE = 64
    """Wrong usage, settings or contract."""
    FATAL = 70
    """The pipeline does not trust its own numbers, or failed in a way that it did not foresee."""
    TRANSIENT = 75
    """Try again: something outside was not available."""

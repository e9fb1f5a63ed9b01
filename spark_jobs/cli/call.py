"""What holds for the whole of one call: the flags that may stand before or after the command."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Call:
    """The flags that every command has.

    Args:
        config: The settings file; None: `orders.toml`, should it exist.
        debug: Whether errors show where in the code they came from.
        quiet: Whether nothing is told of progress.
    """

    config: Path | None = None
    debug: bool = False
    quiet: bool = False


NO_FLAGS = Call()
CALL: ContextVar[Call] = ContextVar("call", default=NO_FLAGS)
"""This call's flags, set by the command `orders` itself."""

_ALONE = ("--debug", "--quiet", "-q")
_WITH_VALUE = ("--config",)


def shared_flags_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the flags of `Call` moved before the command; after `--` none is moved."""
    first: list[str] = []
    others: list[str] = []
    left = list(arguments)
    while left:
        argument = left.pop(0)
        if argument == "--":
            return [*first, *others, argument, *left]
        if argument in _ALONE or argument.startswith(tuple(f"{flag}=" for flag in _WITH_VALUE)):
            first.append(argument)
        elif argument in _WITH_VALUE and left:
            first += [argument, left.pop(0)]
        else:
            others.append(argument)
    return first + others

"""Functions of the emulator that are replaced, and the contract that they are there."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

VERSION = "1.5.33"
"""The MiniStack whose functions we know."""


class ContractError(Exception):
    """The emulator is not the one that our modules were written for."""


def replace(module: ModuleType, name: str, by: Callable[[Any], Any]) -> None:
    """Puts another value under a name of the emulator.

    Args:
        by: Makes the new value from the old one, which it may call.

    Raises:
        ContractError: The module has no such name (any more).
    """
    if not hasattr(module, name):
        raise ContractError(
            f"{module.__name__} of the emulator has no {name!r}: see what replaced it, "
            f"or install MiniStack {VERSION}"
        )
    setattr(module, name, by(getattr(module, name)))

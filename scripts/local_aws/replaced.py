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
    """Puts another value under a name of the emulator, in the tables of its module too.

    Tables of actions (`_ACTION_MAP`) hold the functions themselves, and are what HTTP calls meet.

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
    stock = getattr(module, name)
    ours = by(stock)
    setattr(module, name, ours)
    for table in [it for it in vars(module).values() if isinstance(it, dict) and callable(stock)]:
        table.update({key: ours for key, value in table.items() if value is stock})

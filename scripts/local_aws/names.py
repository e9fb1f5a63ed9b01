"""Every name of the emulator that our modules use, private ones above all, and that it is there.

What is replaced is looked up when the server starts (`replaced.py`); what is only used would be
missed at its first use, in the middle of a batch. So our own source is read: imports from the
emulator, attributes of its modules, names given to `replace`; of all modules, whichever backend of
tasks was chosen. Keys of the emulator's records and attributes of its objects are not seen.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from scripts.local_aws.replaced import VERSION, ContractError

EMULATOR = "ministack"
_OURS = Path(__file__).parent


class Name(NamedTuple):
    """A name in one of the emulator's modules."""

    module: str
    name: str


def check_names() -> None:
    """Refuses an emulator that lacks a name of ours.

    Raises:
        ContractError: Tells all that are missing, and where they are used.
    """
    missing = [
        f"{name.module} of the emulator has no {name.name!r} ({', '.join(places)})"
        for name, places in sorted(names_used().items())
        if not _exists(name)
    ]
    if missing:
        cure = f"see what replaced it, or install MiniStack {VERSION}"
        raise ContractError("\n".join([*missing, cure]))


def names_used() -> dict[Name, list[str]]:
    """Each name, with the files of ours that use it."""
    found: dict[Name, list[str]] = {}
    for path in sorted(_OURS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in sorted(set(_names_in(tree))):
            found.setdefault(name, []).append(str(path.relative_to(_OURS)))
    return found


def _names_in(tree: ast.Module) -> Iterator[Name]:
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == EMULATOR:
            for alias in node.names:
                yield Name(str(node.module), alias.name)
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=given), attr=name) if given in modules:
                yield Name(modules[given], name)
            case ast.Call(
                func=ast.Name(id="replace"),
                args=[ast.Name(id=given), ast.Constant(value=str(name)), *_],
            ) if given in modules:
                yield Name(modules[given], name)


def _exists(name: Name) -> bool:
    parent, _, last = name.module.rpartition(".")
    holder = _module(name.module) or getattr(_module(parent), last, None)  # or a class
    return hasattr(holder, name.name) or _module(".".join(name)) is not None


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None

"""Which command of this machine stands for which image.

`ORDERS_LOCAL_PROCESSES` is JSON: the last part of the image's name, without tag, digest and the
environment's prefix, and the command that stands for its entry point:

    {"spark-validate": ["…/orders", "validate"], "spark-transform": ["…/orders", "transform"]}

The file `processes.json` in `ORDERS_LOCAL_DIR` goes before it, name by name, and is read at every
launch. So a test changes what runs next while the server runs:

    {"spark-validate": ["sh", "-c", "kill -9 $$"]}         another command
    {"spark-validate": null}                               no image: the task never starts
    {"spark-validate": {"refused": "RESOURCE:MEMORY"}}     RunTask answers with this failure

Where tasks are containers, images are what they are. There the file alone counts, and a list is a
program that is asked how the next container starts (`changed.py`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FILE = "processes.json"
USUAL = "ORDERS_LOCAL_PROCESSES"


def folder() -> Path:
    """Where the local AWS keeps its files."""
    return Path(os.environ.get("ORDERS_LOCAL_DIR", ".local/aws"))


def command(image: str) -> list[str] | None:
    """The command for an image; None: there is no such image.

    Raises:
        ValueError, TypeError: The table cannot be read.
    """
    return _texts(image, None) or None


def changer(image: str) -> list[str] | None:
    """The program to ask about a container of an image; empty: none; None: there is no such image.

    Raises:
        ValueError, TypeError: The table cannot be read.
    """
    return _texts(image, [])


def refusal(image: str) -> str | None:
    """The reason for which RunTask places no task of this image."""
    entry = _entry(image)
    return str(entry["refused"]) if isinstance(entry, dict) and "refused" in entry else None


def _texts(image: str, otherwise: list[str] | None) -> list[str] | None:
    entry = _entry(image, otherwise)
    if entry is None or (isinstance(entry, list) and all(isinstance(it, str) for it in entry)):
        return entry
    raise TypeError(f"the entry of {image} is not a list of texts: {json.dumps(entry)}")


def _entry(image: str, otherwise: Any = None) -> Any:
    name = image.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0]
    table = _table()
    fitting = [key for key in table if name == key or name.endswith(f"-{key}")]
    return table[max(fitting, key=len)] if fitting else otherwise


def _table() -> dict[str, Any]:
    file = folder() / FILE
    changed = file.read_text() if file.exists() else "{}"
    tables = (os.environ.get(USUAL) or "{}", changed)
    merged: dict[str, Any] = {}
    for table in map(json.loads, tables):
        if not isinstance(table, dict):
            raise TypeError(f"{USUAL} and {FILE} map names of images to commands")
        merged |= table
    return merged

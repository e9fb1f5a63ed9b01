"""Help texts as they are written: examples and exit codes keep their lines."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

AS_WRITTEN = ("Examples:\n", "Exit codes:\n")
_KEEP_LINES = "\b\n"
"""What typer wants before a paragraph that it must not fold."""


def with_lines_kept(text: str | None) -> str | None:
    """A help text whose examples and exit codes are not folded."""
    if text is None:
        return None
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        _KEEP_LINES + each if each.startswith(AS_WRITTEN) else " ".join(each.split("\n"))
        for each in paragraphs
    )


class Command(TyperCommand):
    """A command whose help keeps its lines."""

    def __init__(self, *args: Any, help: str | None = None, **more: Any) -> None:  # noqa: A002
        super().__init__(*args, help=with_lines_kept(help), **more)


class Group(TyperGroup):
    """A group whose help keeps its lines."""

    def __init__(self, *args: Any, help: str | None = None, **more: Any) -> None:  # noqa: A002
        super().__init__(*args, help=with_lines_kept(help), **more)


class Commands(typer.Typer):
    """A group of commands whose help texts keep their lines."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, **settings)

    def command(self, *args: Any, **settings: Any) -> Callable[..., Any]:
        """Registers a command."""
        return super().command(*args, cls=Command, **settings)

"""The two streams: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spark_jobs.cli.call import CALL

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 10_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def out() -> Console:
    """Standard output; where it is no terminal, without colour and without folding."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error, likewise."""
    return _console(stderr=True)


def on_terminal() -> bool:
    """Whether a person sees progress move: standard error is a terminal, and not a dumb one."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def tell(line: str) -> None:
    """A line about progress on standard error, none under --quiet."""
    if not CALL.get().quiet:
        err().print(line, markup=False, highlight=False, soft_wrap=True)


def harmless(text: str) -> str:
    """Text from a file as it may be shown: control characters written out (as Python does)."""
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], text)


def line(text: str = "", style: str = "") -> None:
    """A line of plain text on standard output; control characters from files are written out."""
    out().print(harmless(text), style=style or None, markup=False, soft_wrap=True)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 file`, `1,200 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def in_utf8() -> None:
    """Make standard output UTF-8 with plain line ends, whatever the locale: it is data."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", newline="\n")


@contextlib.contextmanager
def reader_may_leave() -> Iterator[None]:
    """Printing to a reader that stops reading (`| head`) ends quietly."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class Stream(Console):
        """Rich would end the process when the reader has left: ours goes on."""

        def on_broken_pipe(self) -> None:
            if not stderr:
                raise BrokenPipeError
            self.quiet = True

    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Stream(stderr=stderr, highlight=False)
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() and int(columns) else _WIDE
    # FORCE_COLOR is for programs that cannot ask; a file with escape codes helps nobody.
    return Stream(
        stderr=stderr, highlight=False, width=width, force_terminal=False, color_system=None
    )

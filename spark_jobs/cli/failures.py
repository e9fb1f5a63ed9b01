"""From what went wrong to the exit code and the words on standard error."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

import typer

from spark_jobs.cli.call import CALL
from spark_jobs.cli.console import reader_may_leave
from spark_jobs.facts.errors import OrdersError
from spark_jobs.facts.exits import Exit

INTERRUPTED = 130


def guarded(command: Callable[[], int | None]) -> int:
    """Runs a command; its exit code, or that of its failure, which is told on standard error."""
    try:
        code = command()
        with reader_may_leave():
            sys.stdout.flush()
        # Typer makes this code of an interruption.
        return _interrupted() if code == INTERRUPTED else int(code or Exit.DONE)
    except BrokenPipeError:
        return int(Exit.FATAL)  # whoever writes for a reader that may leave says so itself
    except OrdersError as error:
        _tell(f"{error}")
        return int(error.exit_code)
    except typer.TyperException as error:
        return _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except Exception:  # noqa: BLE001 - the outermost place: told in full, and never green
        traceback.print_exc()
        _tell("this was not foreseen; please report it with the lines above")
        return int(Exit.FATAL)


def without_words(error: BaseException) -> list[dict[str, object]]:
    """An error and those that led to it, the first last: types and places in the code.

    Messages are left out: those of engines quote the data.
    """
    told: list[dict[str, object]] = []
    seen: set[int] = set()
    left: BaseException | None = error
    while left is not None and id(left) not in seen:
        seen.add(id(left))
        kind = type(left)
        frames = traceback.walk_tb(left.__traceback__)
        places = [f"{f.f_code.co_filename}:{line} in {f.f_code.co_name}" for f, line in frames]
        told.append({"type": f"{kind.__module__}.{kind.__qualname__}", "frames": places})
        left = left.__cause__ or (None if left.__suppress_context__ else left.__context__)
    return told


def _interrupted() -> int:
    _tell("interrupted; what was done stays, and the same call goes on from there")
    return INTERRUPTED


def _usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "orders"
    _tell(f"{error.format_message()}; see `{path} --help`")
    return int(Exit.USAGE)


def _tell(message: str) -> None:
    if CALL.get().debug and sys.exc_info()[0]:
        traceback.print_exc()
    sys.stdout.flush()
    print(f"error: {message}", file=sys.stderr)

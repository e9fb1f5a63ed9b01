"""One call at a time starts or stops a local AWS."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.local_aws.errors import MissingError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds a folder, which goes again where nothing came of it; the system drops what died.

    Raises:
        MissingError: Another call holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        _lock(held)
        try:
            yield
        finally:
            with suppress(OSError):  # something is in it, or it is gone
                folder.rmdir()
    finally:
        os.close(held)


def _lock(held: int) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MissingError(
            "another `make local-up` or `make local-down` is at work here:"
            " wait for its end, or end it by Ctrl-C"
        ) from error

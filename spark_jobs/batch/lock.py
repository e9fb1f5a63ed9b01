"""One run at a time on a lake: a lock that the operating system drops with its process."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lake_lock(lake: Path, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Holds the lake's lock; waits for another run, saying so once.

    Args:
        lake: The lake's folder.
        on_wait: Called with a sentence when another run holds the lock.
    """
    lake.mkdir(parents=True, exist_ok=True)
    with (lake / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait:
                file.seek(0)
                on_wait(f"waiting for another run on this lake ({_holder(file.read())})")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"pid": os.getpid()}))
        file.flush()
        yield


def _holder(text: str) -> str:
    try:
        return f"process {json.loads(text)['pid']}"
    except (ValueError, KeyError):
        return "just starting"

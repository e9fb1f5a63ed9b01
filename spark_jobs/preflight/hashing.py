"""The sha256 of files, several at a time."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spark_jobs.facts.errors import TransientError
from spark_jobs.facts.machine import available_processors


def hash_files(paths: Sequence[Path], threads: int | None = None) -> list[str]:
    """The sha256 of each file in hexadecimal, in the order given.

    Raises:
        TransientError: A file that cannot be read.
    """
    with ThreadPoolExecutor(threads or available_processors()) as pool:
        return list(pool.map(_hash_file, paths))


def _hash_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TransientError(
            f"the file cannot be read ({error.strerror})",
            where=str(path),
            cure="make it readable, or take it away, and start again",
        ) from error

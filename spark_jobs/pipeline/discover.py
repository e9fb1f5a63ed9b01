"""What lies in a landing folder, and which dataset each file's place names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.places import hint_of
from spark_jobs.facts.words import Dataset


@dataclass(frozen=True)
class Found:
    """A file in the landing folder.

    Args:
        name: Its path relative to the folder, with `/`.
        hint: The dataset that its first folder names, else its stem, else None.
    """

    path: Path
    name: str
    hint: Dataset | None


def discover(landing: Path, without: Sequence[Path] = ()) -> list[Found]:
    """The files under a folder, sorted by name; hidden ones are left alone.

    Args:
        without: Folders to leave out (the lake or the archive, should they lie inside).

    Raises:
        UsageError: There is no such folder.
    """
    if not landing.exists():
        raise UsageError(
            "there is no such folder", where=str(landing), cure="create it and drop CSV files in"
        )
    if landing.is_file():
        return [Found(landing, landing.name, hint_of(landing.name))]
    left_out = {folder.resolve() for folder in without}
    names = (path.relative_to(landing).as_posix() for path in _files(landing, left_out))
    return [Found(landing / name, name, hint_of(name)) for name in sorted(names)]


def _files(folder: Path, left_out: set[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.resolve() in left_out:
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink():  # a link may lead round in a circle
            yield from _files(path, left_out)

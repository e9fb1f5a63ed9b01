"""Folders: writing so that a kill leaves the old file or the new one, and the archive."""

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import Any


def write_json(path: Path, document: Any) -> None:
    """Writes a JSON document atomically and durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path) -> Any:
    """The JSON document of a file."""
    return json.loads(path.read_text(encoding="utf-8"))


def archive_file(source: Path, target: Path) -> None:
    """Moves a file into the archive; harmless when an earlier attempt moved it.

    A file of another content that took its place in landing meanwhile is not touched by the
    caller's check of its hash, which must come first.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.exists() and target.exists():
        return
    try:
        source.replace(target)
    except OSError:  # another file system: copy, then remove
        temporary = target.with_name(f".{target.name}.part")
        shutil.copy2(source, temporary)
        temporary.replace(target)
        source.unlink()


def remove_tree(folder: Path) -> None:
    """Removes a folder of ours; harmless when it is gone."""
    shutil.rmtree(folder, ignore_errors=False) if folder.exists() else None


def remove_empty_folders(folder: Path, keep: Path) -> None:
    """Removes the empty folders from `folder` up to, and without, `keep`."""
    with contextlib.suppress(OSError):
        while folder != keep and keep in folder.parents:
            folder.rmdir()
            folder = folder.parent

"""`local-down`: nothing is left running, and nothing on disk but what it says."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

from scripts.local_aws.alone import alone
from scripts.local_aws.running import TEMPORARY
from scripts.local_aws.shell import is_environment_file, shown
from scripts.local_aws.stack import Stack

_LEFT = """\
Left, for the next time: the environments (.venv…), build/lambdas/, .local/terraform/ (where the
provider comes from), images that docker built."""

_FOLDERS = {"server": TEMPORARY, "deployments": "*/terraform"}
"""What a stack makes in its folder, each with what only ours has in it."""


def run(arguments: Namespace) -> int:
    """Stops server and tasks, and removes their data. Harmless where nothing is there.

    Raises:
        MissingError: Another call is at work there.
    """
    stack = Stack(arguments.folder)
    with alone(stack.folder):
        running, strays = stack.server, stack.strays
        stack.stop()
        if running:
            print(
                f"Stopped: the local AWS at port {running.port}, with its tasks and all it stored."
            )
        for stray in strays:
            print(f"Stopped: process {stray.pid}, a local AWS that had lost its folder.")
        removed = remove(stack.folder)
    if removed:
        print(f"Removed from {shown(stack.folder)}/: {', '.join(removed)}")
        print(_LEFT)
    elif not running and not strays:
        print("Nothing runs, and nothing is there.")
    if stack.folder.exists():
        others = sorted(path.name for path in stack.folder.iterdir())
        print(
            f"Stays in {shown(stack.folder)}/, not ours or not to be removed: {', '.join(others)}"
        )
    return 0


def remove(folder: Path) -> list[str]:
    """Removes what a stack writes into its folder, and the folder where nothing else is in it.

    Returns:
        The names of what it has removed.
    """
    found = sorted(folder.iterdir()) if folder.exists() else []
    ours = [path for path in found if _is_ours(path)]
    for path in ours:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # what stays is told
        else:
            path.unlink()
    if found and not any(folder.iterdir()):
        folder.rmdir()
    return [
        f"{path.name}/" if path.name in _FOLDERS else path.name
        for path in ours
        if not path.exists()
    ]


def _is_ours(path: Path) -> bool:
    """Known by more than its name: the folder may be one that the user works in."""
    if path.is_symlink():
        return False
    if path.is_dir():
        return path.name in _FOLDERS and any(path.glob(_FOLDERS[path.name]))
    return path.name == "server.json" or is_environment_file(path)

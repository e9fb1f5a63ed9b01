"""`local-down`: nothing is left running, and nothing on disk but what it says."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

from scripts.local_aws.alone import alone
from scripts.local_aws.shell import shown
from scripts.local_aws.stack import Stack

_LEFT = """\
Left, for the next time: the environments (.venv…), build/lambdas/, .local/terraform/ (where the
provider comes from), images that docker built."""


def run(arguments: Namespace) -> int:
    """Stops server and tasks, and removes their data. Harmless where nothing is there.

    Raises:
        MissingError: Another call is at work there.
    """
    stack = Stack(arguments.folder)
    there = stack.strays or stack.folder.exists()
    with alone(stack.folder):
        running = stack.server
        stack.stop()
        if running:
            print(
                f"Stopped: the local AWS at port {running.port}, with its tasks and all it stored."
            )
        remove(stack.folder)
    if there:
        print(f"Removed: {shown(stack.folder)}/\n{_LEFT}")
    else:
        print("Nothing runs, and nothing is there.")
    return 0


def remove(folder: Path) -> None:
    """Removes what a stack writes into its folder, and the folder where nothing else is in it."""
    for name in ("server", "deployments"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("server.json", "env", "env.*"):
        for path in folder.glob(name):
            path.unlink()
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()

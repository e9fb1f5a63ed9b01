"""In place of a task's container: acting.py FOLDER COMMAND …; takes the next act, or just runs it.

Run as a script; standard library only. The acts are those of `acts.py`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HOLDING = Path(__file__).with_name("holding.py")
ROOT = Path(__file__).parents[2]
KILLED = 128 + signal.SIGKILL


def main(folder: Path, command: list[str]) -> int:
    """Does the act; the container's exit code."""
    number, act = next_act(folder)
    if "exit" in act:
        note(folder, number, os.getpid())
        if "out_of_memory" in act:
            Path(os.environ["ORDERS_WORK_DIR"]).with_name("out-of-memory").touch()
        return int(act["exit"])
    if "hang" in act:
        note(folder, number, os.getpid())
        time.sleep(24 * 3600)
    os.environ.update(act.get("environment", {}))
    if "hold" in act:
        # The job's own interpreter, past its shell script: that one would only name it.
        python = ROOT / ".venv" / "bin" / "python"
        command = [str(python), "-P", str(HOLDING), act["hold"], *command[1:]]
    if "code" not in act and not act.get("detached"):
        note(folder, number, os.getpid())
        os.execvp(command[0], command)  # noqa: S606 (the command of the local AWS)
    detached = bool(act.get("detached"))
    if detached:
        take_volumes_along(folder / f"{number}.volumes")
    child = subprocess.Popen(command, start_new_session=detached)
    note(folder, number, child.pid)
    ended = child.wait()
    return int(act.get("code", KILLED)) if ended == -signal.SIGKILL else ended


def next_act(folder: Path) -> tuple[int, Any]:
    """Takes the first act that nobody has taken; number -1 and nothing to do where none is left."""
    for path in sorted(folder.glob("*.json"), key=lambda path: int(path.stem)):
        taken = path.with_suffix(".taken")
        try:
            path.rename(taken)
        except FileNotFoundError:
            continue
        return int(path.stem), json.loads(taken.read_text())
    return -1, {}


def take_volumes_along(folder: Path) -> None:
    """A job that outlives its task keeps its files, as on a machine that nobody reaches."""
    for variable in ("ORDERS_WORK_DIR", "TMPDIR"):
        (folder / variable).mkdir(parents=True)
        os.environ[variable] = str(folder / variable)
    os.chdir(folder)


def note(folder: Path, number: int, pid: int) -> None:
    """Says which process does the act."""
    if number >= 0:
        (folder / f"{number}.pid").write_text(str(pid))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

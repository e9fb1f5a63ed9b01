"""What happens instead of, or to, the next processes of a task: data here, done by `acting.py`.

The process backend of the local AWS reads `processes.json` at each start of a task. For a while we
put our own command there, which takes the next act; where none is left, the job runs as always.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Act = Mapping[str, Any]
ACTING = Path(__file__).with_name("acting.py")
KILLED = 128 + signal.SIGKILL
_STOPPED, _ENDED = "T", ("Z", "X", "")


def kill(moment: str, *, code: int = KILLED) -> Act:
    """The job kills itself (SIGKILL) at a moment: `before:` or `after:` and an effect.

    Effects are those of `spark_jobs/facts/effects.py`, as `before:merge_orders`.

    Args:
        code: The container's exit code. After 137 the state machine takes the next size, three
            times in an execution; after any other, or in the largest, it waits, four times for
            each task.
    """
    act = {"environment": {"ORDERS_KILL_AT": moment}}
    return act if code == KILLED else {**act, "code": code}


def hold(moment: str, *, detached: bool = False) -> Act:
    """The job stops at a moment until the case lets it go on (`Held`).

    Args:
        detached: Whoever stops the task does not reach the job: it lives on as a zombie.
    """
    return {"hold": moment, "detached": detached}


def exits(code: int) -> Act:
    """The container ends with this code, and no job runs."""
    return {"exit": code}


def out_of_memory() -> Act:
    """The kernel kills the container for its memory, and no job runs."""
    return {"exit": KILLED, "out_of_memory": True}


def hangs() -> Act:
    """The container does nothing, until somebody stops it."""
    return {"hang": True}


def runs() -> Act:
    """The job runs as always: to have a later start disturbed."""
    return {}


@dataclass(frozen=True)
class Held:
    """The processes of the acts of one task, in the order of their starts."""

    folder: Path

    def taking(self, usual: Sequence[str]) -> list[str]:
        """What the backend's file says of the job: takes the next act, or does the usual."""
        return [sys.executable, str(ACTING), str(self.folder), *usual]

    def pid(self, number: int = 0) -> int | None:
        """The process of the act of that number, if it was started."""
        with suppress(FileNotFoundError, ValueError):
            return int((self.folder / f"{number}.pid").read_text())
        return None

    def is_held(self, number: int = 0) -> bool:
        """Whether it has come to its moment, and stands."""
        return _state(self.pid(number)) == _STOPPED

    def go_on(self, number: int = 0) -> None:
        """Lets it go on."""
        pid = self.pid(number)
        assert pid, "the act was not started"
        os.kill(pid, signal.SIGCONT)

    def has_ended(self, number: int = 0) -> bool:
        """Whether it was started and is gone."""
        pid = self.pid(number)
        return pid is not None and _state(pid) in _ENDED

    @property
    def left(self) -> list[str]:
        """The acts that no start has taken yet."""
        return sorted(path.name for path in self.folder.glob("*.json"))

    def end(self) -> None:
        """Kills what still lives of them."""
        for path in self.folder.glob("*.pid"):
            pid = self.pid(int(path.stem))
            if pid is not None and _state(pid) not in _ENDED:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextmanager
def acting(
    processes: Path, usual: Mapping[str, Sequence[str]], job: str, acts: Sequence[Act], held: Held
) -> Iterator[Held]:
    """The next starts of a job get these acts, in turn.

    Args:
        processes: The backend's file.
        usual: The command of each image.
        held: In a new folder.
    """
    held.folder.mkdir(parents=True)
    for number, act in enumerate(acts):
        (held.folder / f"{number}.json").write_text(json.dumps(act))
    try:
        with launching(processes, job, held.taking(usual[f"spark-{job}"])):
            yield held
    finally:
        held.end()
    assert not held.left, f"no start of {job} took these acts: {held.left}"


@contextmanager
def launching(processes: Path, job: str, entry: Any) -> Iterator[None]:
    """For a while, the starts of a job are what the backend's file says of it: this."""
    image = f"spark-{job}"
    _change(processes, {image: entry})
    try:
        yield
    finally:
        _change(processes, {}, without=image)


def _change(processes: Path, changes: Mapping[str, Any], without: str = "") -> None:
    table = json.loads(processes.read_text()) if processes.exists() else {}
    table.pop(without, None)
    _put(processes, json.dumps({**table, **changes}))


def _put(path: Path, text: str) -> None:
    """Whole or not at all: the backend may read it now."""
    new = path.with_suffix(f".{time.monotonic_ns()}")
    new.write_text(text)
    new.replace(path)


def _state(pid: int | None) -> str:
    """The process's state as in `ps`; empty where it is gone."""
    if pid is None:
        return ""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return text.rpartition(")")[2].split()[0]

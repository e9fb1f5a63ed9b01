"""The server's process: what is written down about it, whether it lives, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

TEMPORARY = "tmp"
"""Where a server keeps what others would leave in the machine's own folder for it."""
_GRACE_SECONDS = 15
_INTERRUPT_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """A started server.

    Attributes:
        marker: Stands in its command line; a process of the same number without it is another.
    """

    pid: int
    port: int
    tasks: str
    started_at: str
    marker: str

    @classmethod
    def of(cls, pid: int, port: int, tasks: str, marker: str) -> Server:
        """A server that was started now."""
        return cls(pid, port, tasks, datetime.now(UTC).isoformat(timespec="seconds"), marker)

    @classmethod
    def read(cls, path: Path) -> Server | None:
        """What was written down there, or nothing."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Writes it down, whole or not at all."""
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(self)), encoding="utf-8")
        new.replace(path)


def is_running(server: Server) -> bool:
    """Whether its process lives, and is that server."""
    return server.marker in _command(server.pid)


def descendants(pid: int) -> list[int]:
    """The processes that it started, and those that they started."""
    children: dict[int, list[int]] = {}
    for line in _ps("-A", "-o", "pid=,ppid=").splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found, open_ = [], [pid]
    while open_:
        some = children.get(open_.pop(), [])
        found += some
        open_ += some
    return found


def end(server: Server) -> None:
    """Ends the server and its tasks: asks first, then kills. Harmless where none runs."""
    if not is_running(server):
        return
    others = descendants(server.pid)
    _signal([server.pid], signal.SIGTERM)
    if not _gone([server.pid]):
        others = sorted({*others, *descendants(server.pid)})
        _signal([server.pid], signal.SIGKILL)
    _end(others)


def interrupt(process: subprocess.Popen[str]) -> None:
    """Interrupts a process that puts its things in order before it ends; asked again, it hurries.

    Another Ctrl-C of the user's asks again at once.
    """
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.communicate(timeout=_INTERRUPT_SECONDS)
            return
    process.kill()


def strays(marker: str) -> list[Server]:
    """The servers of a marker, whoever has written down what of them: their port is not known."""
    wanted = f"{marker} -m "
    return [Server.of(pid, 0, "processes", marker) for pid, told in _all() if wanted in told]


def end_orphans(files: Path) -> None:
    """Ends tasks, Lambdas and a Terraform that have outlived who started them.

    The tasks' numbers are written down (tasks/process.py); the others are known by the folder in
    their command line.
    """
    ours = (f"{files}/{TEMPORARY}/ministack-lambda-", f"-chdir={files.parent}/deployments/")
    found = [pid for pid, told in _all() if any(part in told for part in ours)]
    for path in files.glob("tasks/*/pid"):
        text = path.read_text(encoding="utf-8").strip()
        if text.isdigit() and "/bin/orders" in _command(int(text)):
            found.append(int(text))
    others = [child for pid in found for child in descendants(pid)]
    _end([*found, *others])


def _end(pids: list[int]) -> None:
    _signal(pids, signal.SIGTERM)
    if not _gone(pids):
        _signal(pids, signal.SIGKILL)


def _signal(pids: Iterable[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def _gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + _GRACE_SECONDS
    while any(_command(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _command(pid: int) -> str:
    """Its command line; empty where it is gone, or dead and not yet buried."""
    answer = _ps("-p", str(pid), "-o", "stat=,command=", "-ww").strip()
    return "" if answer.startswith("Z") else answer


def _all() -> list[tuple[int, str]]:
    """Every process and its command line."""
    lines = _ps("-A", "-o", "pid=,command=", "-ww").splitlines()
    return [(int(pid), told) for pid, _, told in (line.strip().partition(" ") for line in lines)]


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout

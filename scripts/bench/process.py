"""One step in a fresh process: how long, how much memory, and when it said what."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_KIB = 1024
_MB = 1_000_000
_TOLD_OF_A_FAILURE = 15
"""Lines of standard error."""
_BETWEEN_LOOKS = 0.3
"""Seconds between looks at the memory of a group of processes."""


class StepError(Exception):
    """A step ended with an exit code; the message has the command and its last words."""


@dataclass(frozen=True)
class Mark:
    """A line on standard error.

    Args:
        seconds: Wall time since the process was started.
        cpu: Processor seconds (user and system) of the process until then; 0 where the machine
            does not tell (Linux does).
    """

    line: str
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """A process from start to finish.

    Args:
        seconds: Wall time.
        cpu: Processor seconds, user and system; of a group as last seen, a lower bound.
        peak_mb: Most memory held, in MB of 10^6 bytes; of a group of processes the sum of
            each one's most, an upper bound.
        output: Standard output.
        marks: Lines on standard error.
    """

    seconds: float
    cpu: float
    peak_mb: float
    output: str
    marks: tuple[Mark, ...] = ()

    @property
    def cost(self) -> tuple[float, float, float]:
        """Seconds, processor seconds and peak memory in MB, as a row of the table has them."""
        return self.seconds, self.cpu, self.peak_mb


def measure(
    module: str,
    *arguments: str | Path,
    folder: Path,
    cpus: int | None = None,
    whole_group: bool = False,
) -> Measured:
    """Runs `python -m module arguments` with this interpreter, from start to finish.

    This process must stay small: on Linux a child's peak is never told smaller than the memory
    of its parent.

    Args:
        folder: Working directory; made when it is not there.
        cpus: Only so many processors; None: all. Has no effect where processes cannot be bound.
        whole_group: Memory and processor seconds of all that it starts as well (Spark's JVM).

    Raises:
        StepError: The exit code was not 0.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output, _bound_to(cpus):
        started = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            group = _Group(process.pid) if whole_group else None
            try:
                marks = tuple(_marks(process, started))
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                # A session of its own: Ctrl-C has not reached it, nor what it started.
                os.killpg(process.pid, signal.SIGKILL)
                raise
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            group_mb, group_cpu = group.finish() if group else (0.0, 0.0)
        if process.returncode:
            raise StepError(_failure(command, process.returncode, marks))
        output.seek(0)
        unit = 1 if sys.platform == "darwin" else _KIB
        peak_mb = max(usage.ru_maxrss * unit / _MB, group_mb)
        cpu = max(usage.ru_utime + usage.ru_stime, group_cpu)
        return Measured(seconds, cpu, peak_mb, output.read(), marks)


class _Group:
    """Looks now and then what the processes of a session have held and used so far."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._peaks: dict[int, int] = {}
        self._cpu: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def finish(self) -> tuple[float, float]:
        """Stops looking; the sum of the peaks in MB, and of processor seconds."""
        self._ended.set()
        self._thread.join()
        return sum(self._peaks.values()) * _KIB / _MB, sum(self._cpu.values())

    def _watch(self) -> None:
        while not self._ended.wait(_BETWEEN_LOOKS):
            for process in Path("/proc").glob("[0-9]*"):
                self._look(process)

    def _look(self, process: Path) -> None:
        try:
            fields = _stat(process)
            if int(fields[3]) != self._session:
                return
            lines = (process / "status").read_text(encoding="utf-8").splitlines()
        except (OSError, IndexError):
            return  # it has ended meanwhile
        self._cpu[int(process.name)] = _cpu(fields)
        for line in lines:
            if line.startswith("VmHWM:"):
                self._peaks[int(process.name)] = int(line.split()[1])


def _marks(process: "subprocess.Popen[str]", started: float) -> Iterator[Mark]:
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    for line in process.stderr:
        yield Mark(line.rstrip("\n"), time.perf_counter() - started, _cpu_until_now(process.pid))


def _cpu_until_now(pid: int) -> float:
    """User and system seconds of a running process; 0 where there is no /proc."""
    try:
        fields = _stat(Path("/proc") / str(pid))
    except OSError:
        return 0.0
    return _cpu(fields)


def _cpu(fields: Sequence[str]) -> float:
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _stat(process: Path) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold blanks."""
    return (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _environment() -> dict[str, str]:
    """This environment without settings of the pipeline, so that its defaults are measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORDERS_")}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "GX_ANALYTICS_ENABLED": "false"}


@contextmanager
def _bound_to(cpus: int | None) -> Iterator[None]:
    """Children started meanwhile have so many processors."""
    if cpus is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:cpus])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _failure(command: Sequence[str], code: int, marks: Sequence[Mark]) -> str:
    said = "\n  ".join(mark.line for mark in marks[-_TOLD_OF_A_FAILURE:])
    return f"exit code {code} of: {' '.join(command)}\n  {said}"

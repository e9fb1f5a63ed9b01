"""One run at a time on a lake, seen from real processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spark_jobs.batch.lock import lake_lock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from spark_jobs.batch.lock import lake_lock
with lake_lock(Path(sys.argv[1]), lambda said: print(said, flush=True)):
    print("holds", flush=True)
    sys.stdin.read()
print("left", flush=True)
"""

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts processes that take the lock and hold it until their input ends."""
    processes: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path / "lake")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_waits_says_so_once_and_goes_on_afterwards(start: Start) -> None:
    first = start()
    assert line(first) == "holds"
    second = start()
    assert line(second) == f"waiting for another run on this lake (process {first.pid})"
    assert first.communicate()[0].split() == ["left"]
    assert line(second) == "holds"
    assert second.communicate()[0].split() == ["left"]


def test_the_lock_of_a_killed_process_does_not_block(start: Start, tmp_path: Path) -> None:
    first = start()
    assert line(first) == "holds"
    first.send_signal(signal.SIGKILL)
    first.wait()
    told: list[str] = []
    with lake_lock(tmp_path / "lake", told.append):
        held_by = json.loads((tmp_path / "lake" / "lock").read_text())
    assert told == []
    assert held_by == {"pid": os.getpid()}


def test_an_error_within_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), lake_lock(tmp_path):
        raise RuntimeError("within")
    told: list[str] = []
    with lake_lock(tmp_path, told.append):
        pass
    assert told == []


def test_two_lakes_do_not_wait_for_each_other(tmp_path: Path) -> None:
    told: list[str] = []
    with lake_lock(tmp_path / "a", told.append), lake_lock(tmp_path / "b", told.append):
        assert told == []

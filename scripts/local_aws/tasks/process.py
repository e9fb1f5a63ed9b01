"""One container, as a process of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_INHERITED = ("PATH", "HOME", "LANG", "JAVA_HOME")
_POLL_SECONDS = 0.2
_CHUNK = 1 << 16


class Process:
    """Answers as a container of docker's Python package, as far as the emulator asks.

    It runs as the server's user, without limits on cpu, memory, files or network.
    """

    def __init__(
        self, folder: Path, command: list[str], environment: Mapping[str, str], name: str
    ) -> None:
        """Starts it.

        Args:
            folder: The container's own: its output, and, while it runs, `work` and `tmp`.
            environment: What ECS gives it.

        Raises:
            OSError: There is no such command.
        """
        self.id, self.name = uuid.uuid4().hex, name
        self.attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {}}, "State": {}}
        self.status = "running"
        self._folder, self._output = folder, folder / "output.log"
        for volume in ("work", "tmp"):
            (folder / volume).mkdir(parents=True)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder / "work",
                env=self._environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # For whoever clears up after a server that was killed.
        self._pid = folder.with_name("pid")
        self._pid.write_text(str(self._process.pid))
        self._gone = threading.Event()
        threading.Thread(target=self._watch, daemon=True, name=f"orders-{self.id[:8]}").start()

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Of this machine only what finds programs; then the image's, ECS's, and the volumes."""
        work = str(self._folder / "work")
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        image = {"PYTHONUNBUFFERED": "1", "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": work}
        volumes = {"TMPDIR": str(self._folder / "tmp"), "ORDERS_WORK_DIR": work}
        return inherited | image | {name: str(it) for name, it in given.items()} | volumes

    def _watch(self) -> None:
        self._process.wait()
        self._signal_group(signal.SIGKILL)  # a container takes its other processes along
        for volume in ("work", "tmp"):  # Fargate's storage ends with the task
            shutil.rmtree(self._folder / volume, ignore_errors=True)
        self.attrs["State"]["OOMKilled"] = (self._folder / "out-of-memory").exists()
        self._pid.unlink(missing_ok=True)
        self.status = "exited"
        self._gone.set()

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it is gone
            os.killpg(self._process.pid, number)

    def reload(self) -> None:
        """`status` is always current."""

    def wait(self) -> dict[str, int]:
        """The exit code, once there is one: 128 and the signal's number if one ended it."""
        self._gone.wait()
        code = self._process.returncode
        return {"StatusCode": code if code >= 0 else 128 - code}

    def stop(self, timeout: float) -> None:
        """SIGTERM to the first process, and SIGKILL to all of them if it still runs later."""
        self._process.send_signal(signal.SIGTERM)
        if not self._gone.wait(timeout):
            self.kill()

    def kill(self) -> None:
        """Ends it with all of its processes."""
        self._signal_group(signal.SIGKILL)
        self._gone.wait()

    def logs(self, **_: Any) -> Iterator[bytes]:
        """Its output from the beginning, until it ends."""
        with self._output.open("rb") as output:
            while True:
                ended = self._gone.is_set()
                if chunk := output.read(_CHUNK):
                    yield chunk
                elif ended:
                    return
                else:
                    time.sleep(_POLL_SECONDS)

    def remove(self, **_: Any) -> None:
        """Its output stays in its folder."""

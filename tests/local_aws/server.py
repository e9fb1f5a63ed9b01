"""A local AWS for tests: `scripts.local_aws.server` as a process, on a free port of loopback."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localstack_client.session import Session

from scripts.local_aws.environment import ACCOUNT, REGION
from scripts.local_aws.ports import free_port

HOUSE = Path(__file__).parents[2]
PYTHON = HOUSE / ".venv-local" / "bin" / "python"
ADMIN = ("test", "test")
"""Key and secret of the emulator's root: it takes `test` and account ids for root, unsigned."""
_INHERITED = ("PATH", "HOME", "LANG", "JAVA_HOME", "DOCKER_HOST")
_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 30.0
_TRIES = 3


class NotStartedError(Exception):
    """The server ended, or did not answer; the text is what it printed."""

    def __init__(self, code: int | None, printed: str) -> None:
        super().__init__(f"exit code {code}:\n{printed}")
        self.code, self.printed = code, printed


class LocalAws:
    """A started server; `url` is where it answers, `folder` is its ORDERS_LOCAL_DIR."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """Starts it, and waits until it answers.

        Args:
            folder: Made where it is missing; the log of the server is beside it.
            settings: Environment of the server, beside what every test gives it.

        Raises:
            NotStartedError: It ended by itself.
        """
        self.folder = folder
        self.log = folder.with_name(f"{folder.name}.log")
        folder.mkdir(parents=True, exist_ok=True)
        for left in reversed(range(_TRIES)):
            try:
                self._start(settings or {})
            except NotStartedError as error:
                # Another process may have taken the port since we saw it free.
                if left == 0 or "already in use" not in error.printed:
                    raise
            else:
                break

    def _start(self, settings: Mapping[str, str]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._process = launch(
            self.log, {"GATEWAY_PORT": str(port), "ORDERS_LOCAL_DIR": str(self.folder), **settings}
        )
        until = time.monotonic() + _SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self._process.kill()
                raise NotStartedError(self._process.wait(), self.log.read_text())
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2).close()  # noqa: S310
        except OSError:
            return False
        return self._process.poll() is None

    def session(self, key: str = ADMIN[0], secret: str = ADMIN[1]) -> Session:
        """A session of localstack-client for this server."""
        return Session(
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name=REGION,
            localstack_host=self.url.removeprefix("http://"),
        )

    def client(self, service: str, key: str = ADMIN[0], secret: str = ADMIN[1]) -> Any:
        """A boto3 client, of the administrator where no key is given."""
        return self.session(key, secret).client(service)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def stop(self) -> int:
        """Ends it as `local-down` does, by SIGTERM; its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise


def launch(
    log: Path, settings: Mapping[str, str], paths: tuple[Path, ...] = ()
) -> subprocess.Popen[bytes]:
    """The server's process with these settings and no other variable of ours.

    Args:
        paths: Folders whose modules come before those that are installed.
    """
    if not PYTHON.exists():
        raise AssertionError("the local AWS is not installed: make .venv-local")
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {"MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT, **settings}
    if paths:
        environment["PYTHONPATH"] = os.pathsep.join(str(path) for path in paths)
    with log.open("wb") as output:
        return subprocess.Popen(
            [PYTHON, "-m", "scripts.local_aws.server"],
            cwd=HOUSE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

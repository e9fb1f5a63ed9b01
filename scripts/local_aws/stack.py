"""One local AWS: its process, where it answers, and who may call it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.local_aws.engine import forget
from scripts.local_aws.environment import ACCOUNT, REGION, ROOT, administrator, neutral
from scripts.local_aws.errors import MissingError, NotRunningError, StackError
from scripts.local_aws.ports import LOOPBACK, free_port, is_taken
from scripts.local_aws.running import TEMPORARY, Server, end, end_orphans, is_running, strays

PYTHON = ROOT / ".venv-local" / "bin" / "python"
JOB = ROOT / "scripts" / "local_aws" / "job.sh"
PROCESSES = {f"spark-{job}": [str(JOB), job] for job in ("validate", "transform")}
"""What runs in place of an image, by the end of its repository's name."""
_START_SECONDS = 60


class Stack:
    """A local AWS that keeps its files in a folder.

    What is stored in it lives in its memory: stopped, all is gone. With `tasks="processes"` the
    jobs run as processes of the user who started it, without the limits of a container.

    Args:
        folder: Where its files are; nobody else's. A stack that runs there already is found again.
        port: Where it answers; a free one by default.
        tasks: `processes` or `containers`.
        auth: Whether the rights of roles are enforced.
        settings: More variables for the server, which win over ours.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        tasks: str = "processes",
        auth: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.files = self.folder / "server"
        """What the server writes: its log, the record of calls, the tasks' folders."""
        self._wanted = port
        self._tasks, self._auth = tasks, auth
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> Server | None:
        """The server of this folder, if it runs."""
        found = Server.read(self._record)
        return found if found and is_running(found) else None

    @property
    def died(self) -> bool:
        """Whether a server was started here, not stopped, and does not run any more."""
        return self.server is None and self._record.exists()

    @property
    def strays(self) -> list[Server]:
        """Servers of this folder whose record is gone: somebody has removed it while they ran."""
        return [] if self._record.exists() else strays(self._marker)

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.files / "server.log"

    @property
    def url(self) -> str:
        """Where it answers.

        Raises:
            NotRunningError: It does not run.
        """
        server = self.server
        if server is None:
            raise NotRunningError("the local AWS does not run: `make local-up` starts it")
        return f"http://{LOOPBACK}:{server.port}"

    @property
    def credentials(self) -> Mapping[str, str]:
        """The environment of an administrator."""
        return administrator(self.url)

    def client(self, service: str) -> Any:
        """An administrator's client of a service."""
        import boto3

        given = self.credentials
        session = boto3.session.Session(
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            region_name=given["AWS_REGION"],
        )
        return session.client(service, endpoint_url=self.url)

    def start(self) -> None:
        """Starts it, and waits until it answers; one that runs already is left as it is.

        Raises:
            StackError: It does not start; the message tells why.
        """
        if self.server is not None:
            return
        if not PYTHON.exists():
            raise MissingError("the local AWS's environment is missing: run `make .venv-local`")
        for stray in self.strays:
            end(stray)
        port = self._wanted or free_port()
        if is_taken(port):
            raise MissingError(
                f'port {port} is taken: end who listens there, or name another: ARGS="--port 4600"'
            )
        self._forget()
        process = self._spawn(port)
        self._process = process
        Server.of(process.pid, port, self._tasks, self._marker).write(self._record)
        self._wait(port, process)

    def stop(self) -> None:
        """Ends the server and every task that it started. Harmless where none runs."""
        server = Server.read(self._record)
        for stray in self.strays:
            end(stray)
        if server is not None:
            end(server)
            if server.tasks == "containers":
                forget(f"{LOOPBACK}:{server.port}")
        self.end_orphans()
        self._bury()
        self._record.unlink(missing_ok=True)

    def end_orphans(self) -> None:
        """Ends what has outlived a server or a command that was killed."""
        end_orphans(self.files)

    @property
    def _record(self) -> Path:
        return self.folder / "server.json"

    @property
    def _marker(self) -> str:
        """Stands in the server's command line, by which it is known for ours."""
        return f"local_aws={self.folder}"

    def _bury(self) -> None:
        """Takes note of the end of a process that was ours."""
        if self._process is not None:
            self._process.wait(timeout=30)
            self._process = None

    def _forget(self) -> None:
        """Makes room for a new server: what the last one stored, and knew of, is gone.

        Its log stays as `previous.log`, for it may tell why it died.
        """
        self.end_orphans()
        self._bury()
        shutil.rmtree(self.folder / "deployments", ignore_errors=True)
        last = self.log.read_bytes() if self.log.exists() else b""
        shutil.rmtree(self.files, ignore_errors=True)
        (self.files / TEMPORARY).mkdir(parents=True)
        if last:
            self.log.with_name("previous.log").write_bytes(last)

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        environment = neutral() | {
            **administrator(f"http://{LOOPBACK}:{port}"),
            "GATEWAY_PORT": str(port),
            "AUTH": "true" if self._auth else "false",
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "ORDERS_LOCAL_DIR": str(self.files),
            "ORDERS_LOCAL_TASKS": self._tasks,
            "ORDERS_LOCAL_PROCESSES": json.dumps(PROCESSES),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.files / TEMPORARY),
            **self._settings,
        }
        # The server's own functions and Lambdas find it by GATEWAY_PORT; a general endpoint would
        # also be that of whoever looks for another service.
        environment.pop("AWS_ENDPOINT_URL", None)
        command = [str(PYTHON), "-X", self._marker, "-m", "scripts.local_aws.server"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # survives the shell, and its Ctrl-C
            )

    def _wait(self, port: int, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StackError(
                    f"the local AWS did not start; its log {self.log} ends with:\n"
                    + tail_of(self.log)
                )
            time.sleep(0.2)


def tail_of(path: Path, lines: int = 10) -> str:
    """The last lines of a file."""
    if not path.exists():
        return ""
    text = path.read_text(encoding="utf-8", errors="backslashreplace")
    return "\n".join(text.splitlines()[-lines:])


def _answers(port: int) -> bool:
    try:
        url = f"http://{LOOPBACK}:{port}/_ministack/health"
        # A proxy of the user's would not find this machine.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(url, timeout=5) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False

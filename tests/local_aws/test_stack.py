"""One local AWS: its process, found again, ended whole, never near an account."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.local_aws.environment import ACCOUNT, neutral
from scripts.local_aws.errors import MissingError, NotRunningError, StackError
from scripts.local_aws.running import Server, descendants, is_running
from scripts.local_aws.stack import JOB, PYTHON, Stack
from tests.local_aws.hostile import HOSTILE
from tests.local_aws.typed import alive
from tests.local_aws.waits import until

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-local")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "aws")
    yield made
    made.stop()


def test_it_answers_after_start_and_leaves_no_process_after_stop(stack: Stack) -> None:
    stack.start()
    server = stack.server
    assert server is not None
    assert stack.client("sts").get_caller_identity()["Account"] == ACCOUNT
    family = [server.pid, *descendants(server.pid)]
    stack.stop()
    assert not [pid for pid in family if alive(pid)]
    assert stack.server is None
    assert not stack.died
    stack.stop()


def test_another_one_finds_it_by_its_folder_and_does_not_start_a_second(stack: Stack) -> None:
    stack.start()
    other = Stack(stack.folder)
    other.start()
    assert other.server == stack.server
    other.stop()
    assert stack.server is None


def test_a_process_that_has_its_number_by_chance_is_not_touched(stack: Stack) -> None:
    stack.folder.mkdir()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        Server.of(stranger.pid, 1, "processes", "local_aws=elsewhere").write(
            stack.folder / "server.json"
        )
        assert stack.died
        stack.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_it_is_told_when_it_died_and_starts_empty(stack: Stack) -> None:
    stack.start()
    stack.client("sqs").create_queue(QueueName="kept")
    leftover = stack.folder / "deployments" / "default" / "terraform" / "terraform.tfstate"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("{}")
    server = stack.server
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not is_running(server))
    assert stack.died
    with pytest.raises(NotRunningError, match="make local-up"):
        _ = stack.url
    stack.start()
    assert not stack.client("sqs").list_queues().get("QueueUrls")
    assert not leftover.exists(), "a state of what is gone"
    assert (stack.files / "previous.log").read_text()


def test_a_task_that_outlives_a_killed_server_is_ended(stack: Stack, tmp_path: Path) -> None:
    root = tmp_path / "root"
    job = root / "scripts" / "local_aws" / "job.sh"
    orders = root / ".venv" / "bin" / "orders"
    for path in (job, orders):
        path.parent.mkdir(parents=True)
    job.write_bytes(JOB.read_bytes())
    orders.write_text("#!/bin/sh\nsleep 60\n")
    orders.chmod(0o755)
    task = stack.files / "tasks" / "one"
    task.mkdir(parents=True)
    environment = {"PATH": os.environ["PATH"]}
    with subprocess.Popen(["/bin/sh", str(job), "validate"], env=environment) as orphan:
        (task / "pid").write_text(str(orphan.pid))  # as the server does (tasks/process.py)
        until(lambda: bool(descendants(orphan.pid)))
        family = [orphan.pid, *descendants(orphan.pid)]
        stack.stop()
        assert orphan.wait(10) == -signal.SIGTERM
    assert not [pid for pid in family if alive(pid)]


def test_a_taken_port_is_told_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(MissingError, match=f"port {port} is taken"):
            Stack(tmp_path / "aws", port=port).start()
    assert not (tmp_path / "aws").exists()


def test_a_server_that_does_not_start_tells_why(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "aws", settings={"PYTHONPATH": "/nowhere", "PYTHONHOME": "/nowhere"})
    with pytest.raises(StackError, match=r"server\.log"):
        stack.start()
    assert stack.server is None


def test_the_server_is_given_nothing_of_the_users_account(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    stack.start()
    server = stack.server
    assert server is not None
    environ = Path(f"/proc/{server.pid}/environ")
    if not environ.exists():
        pytest.skip("only Linux shows it")
    given = dict(one.split("=", 1) for one in environ.read_text().split("\0") if "=" in one)
    assert not [name for name, value in HOSTILE.items() if given.get(name) == value]
    assert given["AWS_CONFIG_FILE"] == os.devnull


def test_the_programs_and_the_proxy_of_the_user_stay_and_settings_go() -> None:
    kept = {"PATH": "/bin", "HOME": "/home/u", "HTTPS_PROXY": "http://proxy", "DOCKER_HOST": "x"}
    assert neutral(kept | HOSTILE) == kept

"""What may go wrong around a local AWS: told with its cure, and nothing stays behind."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.local_aws.environment import FOLDER, USUAL_FOLDER, folder_of
from scripts.local_aws.ports import free_port
from scripts.local_aws.running import descendants, interrupt, is_running
from scripts.local_aws.stack import PYTHON, Stack
from tests.local_aws.typed import ROOT, alive, call, status, typed
from tests.local_aws.waits import until

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-local")
STUBBORN = """\
import signal, sys, time
asked = []
def hear(*_):
    asked.append(1)
    if len(asked) == 2:
        sys.exit(7)
signal.signal(signal.SIGINT, hear)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_variable_names_the_folder_of_another_one_at_a_free_port(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder_of({}) == folder_of({FOLDER: ""}) == USUAL_FOLDER
    monkeypatch.setenv(FOLDER, str(folder))
    for command in ("up", "down"):
        program = [word for word in call(command, folder) if word not in ("--folder", str(folder))]
        told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
        if command == "up":
            server = Stack(folder).server
            assert server is not None
            assert server.port != 4566
            assert f"export {FOLDER}={folder}\n" in (folder / "env").read_text()
    assert not folder.exists()


@pytest.mark.parametrize("command", ["up", "down"])
def test_two_calls_do_not_meet(folder: Path, command: str) -> None:
    folder.mkdir()
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert "is at work here: wait for its end" in typed(command, folder, code=64).stderr
    os.close(held)
    assert folder.exists(), "the other's"


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_server_whose_folder_was_removed_is_told_and_ended(folder: Path, command: str) -> None:
    port = str(free_port())
    typed("up", folder, "--port", port)
    server = Stack(folder).server
    assert server is not None
    shutil.rmtree(folder)
    assert status(folder)["without_a_folder"] == [server.pid]
    assert "`make local-down` ends it" in typed("status", folder).stdout
    typed(command, folder, *(["--port", port] if command == "up" else []))
    assert not is_running(server)
    assert (Stack(folder).server is not None) is (command == "up")


def test_lambdas_and_a_terraform_that_outlive_a_killed_server_are_ended(folder: Path) -> None:
    typed("up", folder, "--port", str(free_port()))
    stack = Stack(folder)
    server = stack.server
    assert server is not None
    environ = Path(f"/proc/{server.pid}/environ")
    temporary = stack.files / "tmp"
    if environ.exists():  # only Linux shows it
        assert f"TMPDIR={temporary}" in environ.read_text().split("\0")
    worker = temporary / "ministack-lambda-batch-gate-1" / "_worker.py"
    chdir = f"-chdir={folder}/deployments/default/terraform"
    with (
        subprocess.Popen(["bash", "-c", "sleep 60; :", str(worker)]) as one,
        subprocess.Popen(["bash", "-c", "sleep 60; :", "terraform", chdir]) as other,
        subprocess.Popen(["bash", "-c", "sleep 60; :", "tail", str(stack.log)]) as reader,
    ):
        os.kill(server.pid, signal.SIGKILL)
        typed("down", folder)
        assert [one.wait(20), other.wait(20)] == [-signal.SIGTERM] * 2
        assert reader.poll() is None, "a person's"
        reader.kill()
    assert not folder.exists()


def test_a_misspelt_variable_of_terraform_is_refused_with_the_nearest_one(folder: Path) -> None:
    said = typed("up", folder, "--set", "deadline=5", code=64).stderr
    assert "no variable 'deadline': see deadline_seconds" in said
    assert not folder.exists()


def test_a_value_that_terraform_refuses_is_not_remembered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ERROR", "a number is required")
    wrong = ["--set", "deadline_seconds=abc"]
    assert "a number" in typed("up", folder, "--port", str(free_port()), *wrong, code=70).stderr
    path = folder / "deployments" / "default" / "terraform" / "local.auto.tfvars.json"
    assert not path.exists()
    monkeypatch.delenv("FAKE_ERROR")
    typed("up", folder, "--set", "min_products_files=1")
    monkeypatch.setenv("FAKE_ERROR", "a number is required")
    typed("up", folder, *wrong, code=70)
    told = json.loads(path.read_text())
    assert (told["deadline_seconds"], told["min_products_files"]) == (60, "1")


def test_who_does_not_end_when_interrupted_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scripts.local_aws.running._INTERRUPT_SECONDS", 1)
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True) as p:
        assert p.stdout
        assert p.stdout.readline() == "ready\n"
        interrupt(p)
        assert p.returncode == 7


def test_a_killed_up_leaves_no_terraform_to_the_next_call(folder: Path) -> None:
    with subprocess.Popen(
        call("up", folder, "--port", str(free_port())),
        cwd=ROOT,
        env=os.environ | {"FAKE_PAUSE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while "things to do" not in process.stdout.readline():
            assert process.poll() is None
        family = descendants(process.pid)
        process.kill()
    assert [pid for pid in family if alive(pid)], "the local AWS, and Terraform"
    typed("down", folder)
    until(lambda: not [pid for pid in family if alive(pid)])


@pytest.mark.parametrize("script", ["upload_sample", "start_batch", "watch"])
def test_a_script_that_meets_no_local_aws_says_so_at_once(script: str, tmp_path: Path) -> None:
    here = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "ORDERS_TERRAFORM": str(tmp_path),
    } | dict.fromkeys(("BUCKET_NAME", "GATE_FUNCTION", "ORDERS_STATE_TABLE"), "shop")
    begun = time.monotonic()
    told = subprocess.run(
        [f"scripts/{script}.sh"], cwd=ROOT, env=here, capture_output=True, text=True, check=False
    )
    assert told.returncode == 69
    assert "`make local-up` starts it" in told.stderr
    assert time.monotonic() - begun < 10


def test_watch_and_uploads_without_any_local_aws_name_it(tmp_path: Path) -> None:
    here = {"PATH": os.environ["PATH"], FOLDER: str(tmp_path / "none"), "ORDERS_ENV_FILE": "none"}
    here["ORDERS_TERRAFORM"] = str(tmp_path)
    for script in ("upload_sample", "start_batch", "watch"):
        call = [f"scripts/{script}.sh"]
        told = subprocess.run(call, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
        assert told.returncode == 69, told.stderr
        words = {"watch": "no local AWS stands", "start_batch": "no gate is known"}
        assert words.get(script, "no landing is known") in told.stderr
        assert "`make local-up`" in told.stderr


def test_logs_of_a_batch_that_is_not_there_say_so(folder: Path) -> None:
    typed("up", folder, "--port", str(free_port()))
    assert "no line of batch b so far" in typed("logs", folder, "--batch", "b").stderr
    said = typed("logs", folder, "--environment", "team-a", code=69).stderr
    assert "nothing of 'team-a' is deployed" in said

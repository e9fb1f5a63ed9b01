"""`make local-up`, `-status`, `-logs`, `-down`, as they are typed, with a Terraform of our own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.check_documents import lines_of, shown_commands
from scripts.local_aws import packaging, up
from scripts.local_aws.__main__ import main
from scripts.local_aws.deployment import Deployment
from scripts.local_aws.down import remove
from scripts.local_aws.errors import MissingError
from scripts.local_aws.stack import PYTHON, Stack
from spark_jobs.batch.table import Put, StateTable

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-local")
ROOT = Path(__file__).parents[2]
HELP = "usage:"


@pytest.fixture
def folder(tmp_path: Path, terraform: Path) -> Iterator[Path]:
    """Of a stack that `local-up` makes."""
    path = tmp_path / "aws"
    yield path
    Stack(path).stop()


def call(command: str, folder: Path, *options: str) -> list[str]:
    """A command's program, which does not look for the Lambdas' zips and the jobs."""
    code = (
        "import sys; from scripts.local_aws import __main__, up\n"
        "up.package = lambda *_: None; up._check = lambda *_: None\n"
        "sys.exit(__main__.main(sys.argv[1:]))"
    )
    return [sys.executable, "-c", code, command, "--folder", str(folder), *options]


def typed(
    command: str, folder: Path, *options: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """What a command says, which ends with that exit code."""
    ended = subprocess.run(
        call(command, folder, *options), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == code, ended.stderr
    return ended


def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def status(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(typed("status", folder, "--json").stdout)
    return told


def test_up_starts_applies_and_tells_what_to_type_and_a_second_one_does_nothing(
    folder: Path, terraform: Path
) -> None:
    said = typed("up", folder, "--port", free_port()).stdout
    for text in ("runs at http://127.0.0.1:", "Applying"):
        assert text in said
    readme = shown_commands((ROOT / "README.md").read_text(encoding="utf-8"), "laptop")
    told = lines_of(said.partition("Type next:")[2].replace(str(folder), ".local/aws"))
    assert told == lines_of(readme[-1]), "README shows what it ends with"
    server, calls = Stack(folder).server, terraform.read_text()
    assert "Everything runs already" in typed("up", folder).stdout
    assert Stack(folder).server == server
    assert terraform.read_text() == calls


def test_up_keeps_what_was_asked_for_before_and_refuses_what_another_server_would_need(
    folder: Path,
) -> None:
    typed("up", folder, "--port", free_port(), "--set", "deadline_seconds=60")
    typed("up", folder, "--engine", "spark")
    path = folder / "deployments" / "default" / "terraform" / "local.auto.tfvars.json"
    told = json.loads(path.read_text())
    assert (told["deadline_seconds"], told["engine"]) == ("60", "spark")
    for options in (["--port", free_port()], ["--containers"]):
        assert "`make local-down` first" in typed("up", folder, *options, code=64).stderr


def test_up_after_the_server_died_says_so_and_starts_anew(folder: Path) -> None:
    port = free_port()
    typed("up", folder, "--port", port)
    server = Stack(folder).server
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    while Stack(folder).server:
        time.sleep(0.2)
    assert status(folder) == {"running": False, "died": True, "without_a_folder": []}
    said = typed("up", folder, "--port", port).stdout
    assert "has died" in said
    assert "Applying" in said


def test_ctrl_c_lets_terraform_write_its_state_and_tells_what_runs(folder: Path) -> None:
    with subprocess.Popen(
        call("up", folder, "--port", free_port()),
        cwd=ROOT,
        env=os.environ | {"FAKE_PAUSE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        while "things to do" not in said:
            line = process.stdout.readline()
            assert line, "it ended before it applied"
            said += line
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        said += process.stdout.read()
    assert process.returncode == 130
    assert "`make local-up` goes on from there" in said
    assert (folder / "deployments" / "default" / "terraform" / "state-written").exists()
    assert Stack(folder).server is not None, "it survives the terminal's Ctrl-C"


def test_status_tells_batches_waiting_files_and_alerts(folder: Path) -> None:
    typed("up", folder, "--port", free_port())
    stack = Stack(folder)
    table = StateTable(stack.client("dynamodb"), "pipeline_state")
    table.write(Put({"pk": "batch", "sk": "20260319T060000Z-000017", "state": "RUNNING"}))
    at, key = "2026-03-19T06:00:00Z", "landing/\x1b[31m.csv"
    waiting = {"state": "WAITING", "waiting": f"{at}#1", "key": key, "received_at": at}
    table.write(Put({"pk": "file", "sk": "1", **waiting}))
    sns, topic = stack.client("sns"), Deployment(stack).outputs["topic_arn"]
    for number in range(12):
        sns.publish(TopicArn=topic, Subject=f"alert {number}", Message="words")
    time.sleep(0.5)
    for _ in range(2):  # what was read once is still told
        (system,) = status(folder)["systems"]
        assert [one["batch"] for one in system["batches"]] == ["20260319T060000Z-000017"]
        assert [one["key"] for one in system["waiting_files"]] == [key]
        assert {one["subject"] for one in system["alerts"]} < {f"alert {n}" for n in range(12)}
        assert len(system["alerts"]) == 5
    said = typed("status", folder).stdout
    assert "20260319T060000Z-000017  RUNNING" in said
    assert "\x1b" not in said


def test_down_leaves_nothing_of_its_own_and_everything_of_others(folder: Path) -> None:
    typed("up", folder, "--port", free_port())
    (folder / "notes.txt").write_text("the user's")
    typed("down", folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert Stack(folder).server is None
    (folder / "notes.txt").unlink()
    typed("down", folder)
    assert not folder.exists()
    assert "Nothing runs" in typed("down", folder).stdout


def test_what_is_removed_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "aws" / "deployments" / "default").mkdir(parents=True)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "main.tf").write_text("source")
    (tmp_path / "aws" / "deployments" / "default" / "terraform").symlink_to(tmp_path / "source")
    assert remove(tmp_path / "aws") == ["deployments/"]
    assert not (tmp_path / "aws").exists()
    assert (tmp_path / "source" / "main.tf").exists()


def test_down_removes_nothing_that_only_has_the_name_of_ours_and_says_what_stays(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "aws"
    theirs = ["deployments/plan.txt", "env", "env.shop", "evil/terraform/x", "server/main.py"]
    for name in theirs:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("the user's")
    (folder / "env.team-a").write_text("# For your shell: `. env.team-a`.\n")
    said = typed("down", folder).stdout
    assert "Removed from" in said
    assert "/: env.team-a\n" in said
    assert "not ours or not to be removed: deployments, env, env.shop, evil, server\n" in said
    left = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    assert sorted(left) == theirs
    said = typed("down", folder).stdout
    assert "Nothing runs" in said
    assert "Removed" not in said


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_that_has_read_the_file_meets_no_account(
    folder: Path, shell: str, tmp_path: Path
) -> None:
    typed("up", folder, "--port", free_port(), "--environment", "team-a")
    theirs = {"AWS_PROFILE": "shop", "AWS_SESSION_TOKEN": "x", "TF_VAR_region": "us-east-1"}
    theirs |= {"AWS_ENDPOINT_URL_S3": "https://s3.example.com", "TF_CLI_CONFIG_FILE": "/kept"}
    (tmp_path / ".env").write_text("AWS_PROFILE=shop\nAWS_ENDPOINT_URL_SQS=https://example.com\n")
    settings = f"exec bash -c '. {ROOT}/scripts/settings.sh; env'"
    read = f". {folder}/env.team-a && cd {tmp_path} && {settings}"
    environment = {"PATH": os.environ["PATH"], **theirs}
    told = subprocess.run(
        [shell, "-euc", read], env=environment, capture_output=True, text=True, check=True
    )
    given = dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & set(given)
    assert "AWS_ENDPOINT_URL_SQS" not in given
    assert given["TF_CLI_CONFIG_FILE"] == "/kept"
    assert given["AWS_ENDPOINT_URL"] == Stack(folder).url
    assert (given["BUCKET_NAME"], given["GATE_FUNCTION"]) == ("team-a-landing", "team-a-batch-gate")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param(["up", "--bogus"], 64, id="no such option"),
        pytest.param(["up", "--set", "deadline_seconds"], 64, id="a variable without value"),
        pytest.param(["up", "--engine", "duckdb"], 64, id="no such engine"),
        pytest.param([], 64, id="no command"),
        pytest.param(["up", "--help"], 0, id="help"),
    ],
)
def test_usage_ends_with_its_exit_code(
    given: list[str],
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == code
    told = capsys.readouterr()
    assert HELP in told.out + told.err


def test_a_missing_environment_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "ROOT", tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    asked = ["up", "--folder", str(tmp_path / "aws")]
    assert main(asked) == 64
    assert "run `make .venv`" in capsys.readouterr().err
    assert main([*asked, "--engine", "spark"]) == 64
    assert "run `make .venv-full`" in capsys.readouterr().err
    assert not (tmp_path / "aws").exists()


def test_logs_and_status_where_nothing_runs(tmp_path: Path) -> None:
    words = "The local AWS does not run. `make local-up` starts it.\n"
    assert typed("logs", tmp_path / "aws", code=69).stderr == f"error: {words}"
    assert typed("status", tmp_path / "aws").stdout == words


def test_lambdas_are_packaged_once_for_the_same_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    (tmp_path / "python").write_text("#!/bin/sh\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(packaging, "PYTHON", tmp_path / "python")
    packaging.package(tmp_path / "made", made.append)
    packaging.package(tmp_path / "made", made.append)
    assert made == ["packaging the Lambdas"]
    monkeypatch.setattr(packaging, "_SOURCES", ("step_functions",))
    packaging.package(tmp_path / "made", made.append)
    assert len(made) == 2
    monkeypatch.setattr(packaging, "PYTHON", tmp_path / "missing")
    (tmp_path / "made").unlink()
    with pytest.raises(MissingError, match=r"make \.venv"):
        packaging.package(tmp_path / "made", made.append)

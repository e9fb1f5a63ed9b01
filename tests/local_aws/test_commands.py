"""`make local-up` and `local-status`, as they are typed, with a Terraform of our own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scripts.check_documents import lines_of, shown_commands
from scripts.local_aws.deployment import Deployment
from scripts.local_aws.environment import ACCOUNT
from scripts.local_aws.ports import free_port
from scripts.local_aws.stack import PYTHON, Stack
from spark_jobs.batch.table import Put, StateTable
from tests.local_aws.typed import ROOT, call, status, typed
from tests.local_aws.waits import until

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-local")


def test_up_starts_applies_and_tells_what_to_type_and_a_second_one_does_nothing(
    folder: Path, terraform: Path
) -> None:
    said = typed("up", folder, "--port", str(free_port())).stdout
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
    typed("up", folder, "--port", str(free_port()), "--set", "deadline_seconds=60")
    typed("up", folder, "--engine", "spark")
    path = folder / "deployments" / "default" / "terraform" / "local.auto.tfvars.json"
    told = json.loads(path.read_text())
    assert (told["deadline_seconds"], told["engine"]) == ("60", "spark")
    for options in (["--port", str(free_port())], ["--containers"]):
        assert "`make local-down` first" in typed("up", folder, *options, code=64).stderr


def test_up_after_the_server_died_says_so_and_starts_anew(folder: Path) -> None:
    port = str(free_port())
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
        call("up", folder, "--port", str(free_port())),
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
    typed("up", folder, "--port", str(free_port()))
    stack = Stack(folder)
    table = StateTable(stack.client("dynamodb"), "pipeline_state")
    table.write(Put({"pk": "batch", "sk": "20260319T060000Z-000017", "state": "RUNNING"}))
    at, key = "2026-03-19T06:00:00Z", "landing/\x1b[31m.csv"
    waiting = {"state": "WAITING", "waiting": f"{at}#1", "key": key, "received_at": at}
    table.write(Put({"pk": "file", "sk": "1", **waiting}))
    sns, topic = stack.client("sns"), Deployment(stack).outputs["topic_arn"]
    for number in range(12):
        sns.publish(TopicArn=topic, Subject=f"alert {number}", Message="words")
    until(lambda: len(status(folder)["systems"][0]["alerts"]) == 5)
    for _ in range(2):  # what was read once is still told
        (system,) = status(folder)["systems"]
        assert [one["batch"] for one in system["batches"]] == ["20260319T060000Z-000017"]
        assert [one["key"] for one in system["waiting_files"]] == [key]
        assert {one["subject"] for one in system["alerts"]} < {f"alert {n}" for n in range(12)}
        assert len(system["alerts"]) == 5
    said = typed("status", folder).stdout
    assert "20260319T060000Z-000017  RUNNING" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_that_has_read_the_file_meets_no_account(
    folder: Path, shell: str, tmp_path: Path
) -> None:
    typed("up", folder, "--port", str(free_port()), "--environment", "team-a")
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


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_that_shell_asks_the_local_sqs_and_hears_of_its_own_system(
    folder: Path, shell: str, tmp_path: Path
) -> None:
    typed("up", folder, "--port", str(free_port()), "--environment", "team-a")
    path = f"{ROOT}/.venv-full/bin:{os.environ['PATH']}"
    read = f". {folder}/env.team-a; aws sqs create-queue --queue-name asked; aws sqs list-queues"
    asked = [shell, "-euc", f"{read}; exec python -m scripts.local_aws logs"]
    told = subprocess.run(
        asked, env={"PATH": path}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.stdout.count(f'"{Stack(folder).url}/{ACCOUNT}/asked"') == 2, told.stderr
    assert "no line so far" in told.stderr
    assert told.returncode == 0

"""One local AWS and a deployment in it: found again, ended whole, never near an account."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.local_aws import deployment as deployments
from scripts.local_aws.deployment import Deployment
from scripts.local_aws.environment import ROOT, administrator, neutral
from scripts.local_aws.errors import DeploymentError, MissingError, NotRunningError, StackError
from scripts.local_aws.progress import Progress
from scripts.local_aws.running import Server, descendants, is_running
from scripts.local_aws.stack import JOB, PYTHON, Stack

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-local")
HOSTILE = {
    "AWS_PROFILE": "shop",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "TF_VAR_region": "us-east-1",
    "TF_CLI_ARGS_apply": "-target=nothing",
    "TF_WORKSPACE": "production",
    "TF_DATA_DIR": "/elsewhere",
    "ORDERS_TERRAFORM": "/elsewhere",
    "BUCKET_NAME": "shop",
    "REGISTRY": "shop",
}
"""What a user of a real account may have in the shell."""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "aws")
    yield made
    made.stop()


def test_it_answers_after_start_and_leaves_no_process_after_stop(stack: Stack) -> None:
    stack.start()
    server = stack.server
    assert server is not None
    assert stack.client("sts").get_caller_identity()["Account"] == "123456789012"
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
    wait_for(lambda: not is_running(server))
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
        wait_for(lambda: bool(descendants(orphan.pid)))
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


class Elsewhere:
    """A stack that would not be on this machine."""

    def __init__(self, folder: Path, **credentials: str) -> None:
        self.folder = folder
        self.credentials: Mapping[str, str] = administrator("http://127.0.0.1:1") | credentials


@pytest.mark.parametrize(
    "credentials",
    [
        {"AWS_ENDPOINT_URL": ""},
        {"AWS_ENDPOINT_URL": "https://sts.eu-west-1.amazonaws.com"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1.example.com:4566"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    ],
    ids=["none", "AWS", "a name like it", "ignored"],
)
def test_nothing_is_deployed_anywhere_but_here(
    tmp_path: Path, credentials: dict[str, str], terraform: Path
) -> None:
    deployment = Deployment(Elsewhere(tmp_path / "aws", **credentials))
    for act in (deployment.apply, deployment.destroy, deployment.plan_changes):
        with pytest.raises(DeploymentError, match="is not this machine"):
            act()
    assert not terraform.exists(), "Terraform was called"


def test_terraform_is_given_the_local_aws_and_nothing_of_the_users(
    tmp_path: Path, terraform: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    Deployment(Elsewhere(tmp_path / "aws")).apply()
    calls = [json.loads(line) for line in terraform.read_text().splitlines()]
    assert [call["arguments"][1] for call in calls] == ["init", "apply", "output"]
    for call in calls:
        given = call["environment"]
        assert not [name for name, value in HOSTILE.items() if given.get(name) == value]
        assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


def test_the_users_own_backend_variables_and_state_are_not_seen(
    tmp_path: Path, terraform: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    theirs = ["backend.tf", "override.tf", "my_override.tf", "terraform.tfvars"]
    theirs += ("image.auto.tfvars.json", "terraform.tfstate", ".terraform.lock.hcl")
    for name in ("main.tf", "versions.tf", *theirs):
        (root / "terraform" / "queries").mkdir(parents=True, exist_ok=True)
        (root / "terraform" / name).write_text(name)
    for name in ("step_functions/pipeline.asl.json", "spark_jobs/__init__.py", "scripts/a"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(name)
    for name in ("terraform.sh", "settings.sh"):
        (root / "scripts" / name).symlink_to(ROOT / "scripts" / name)
    monkeypatch.setattr(deployments, "ROOT", root)
    deployment = Deployment(Elsewhere(tmp_path / "aws"), variables={"deadline_seconds": 60})
    deployment.apply()
    ours = {".terraform", "local.auto.tfvars.json", "main.tf", "queries", "versions.tf"}
    assert {path.name for path in deployment.root.iterdir()} == ours
    told = json.loads((deployment.root / "local.auto.tfvars.json").read_text())
    assert (told["deadline_seconds"], told["network"]) == (60, "public")
    (root / "terraform" / "main.tf").unlink()
    assert not deployment.is_applied
    deployment.apply()
    assert not (deployment.root / "main.tf").is_symlink(), "a source that is gone"


def test_an_apply_counts_until_something_changes(tmp_path: Path, terraform: Path) -> None:
    here = Elsewhere(tmp_path / "aws")
    Deployment(here).apply()
    assert Deployment(here).is_applied
    assert not Deployment(here, variables={"deadline_seconds": 60}).is_applied
    assert not Deployment(here, environment="team-a").is_applied


def test_a_failed_apply_tells_the_errors_and_the_log_and_does_not_count(
    tmp_path: Path, terraform: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ERROR", "quota exceeded")
    deployment = Deployment(Elsewhere(tmp_path / "aws"))
    with pytest.raises(DeploymentError, match=r"aws_x\.y: quota exceeded[^$]*terraform\.log"):
        deployment.apply()
    assert not deployment.is_complete
    assert "quota exceeded" in deployment.log.read_text()


def test_progress_is_told_every_few_seconds_and_at_the_end() -> None:
    said: list[str] = []
    now = iter(range(0, 100, 3))
    progress = Progress(said.append, lambda: float(next(now)))
    plan = {"type": "change_summary", "changes": changes(add=2)}
    asked = {"type": "apply_start", "hook": hook("data.aws_x.y", "aws_x", action="read")}
    steps = [
        {"type": kind, "hook": hook(name, "aws_s3_bucket")}
        for kind in ("apply_start", "apply_complete")
        for name in ("aws_s3_bucket.a", "aws_s3_bucket.b")
    ]
    for line in (asked, plan, *steps):
        progress.take(json.dumps(line))
    assert said == ["2 things to do", "0 of 2: buckets", "2 of 2"]
    assert progress.errors == ""


def alive(pid: int) -> bool:
    call = ["ps", "-p", str(pid), "-o", "stat="]
    told = subprocess.run(call, capture_output=True, text=True, check=False).stdout.strip()
    return bool(told) and not told.startswith("Z")


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def changes(**counts: int) -> dict[str, Any]:
    return {"operation": "plan", "add": 0, "change": 0, "remove": 0} | counts


def hook(address: str, kind: str, action: str = "create") -> dict[str, Any]:
    return {"resource": {"addr": address, "resource_type": kind}, "action": action}

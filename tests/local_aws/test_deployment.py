"""Terraform in a local AWS: given nothing of the user's, never let near an account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.local_aws import deployment as deployments
from scripts.local_aws.deployment import Deployment
from scripts.local_aws.environment import ROOT, administrator
from scripts.local_aws.errors import DeploymentError
from scripts.local_aws.progress import Progress
from tests.local_aws.hostile import HOSTILE


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


def changes(**counts: int) -> dict[str, Any]:
    return {"operation": "plan", "add": 0, "change": 0, "remove": 0} | counts


def hook(address: str, kind: str, action: str = "create") -> dict[str, Any]:
    return {"resource": {"addr": address, "resource_type": kind}, "action": action}

"""The commands around an account, as a user types them, against an AWS on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.aws_server import AwsServer

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"


def typed(*call: str, env: dict[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        call, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def told(aws: AwsServer) -> dict[str, str]:
    """An environment with credentials and the loopback AWS, without a region."""
    left_out = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "ALERT_EMAIL")
    environment = {**os.environ, **aws.environment}
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return {n: v for n, v in environment.items() if n not in left_out} | {"PATH": path}


def test_settings_come_from_the_file_where_the_environment_is_silent(tmp_path: Path) -> None:
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    lines = ["# a remark", "AWS_REGION='eu-west-1'", "ALERT_EMAIL=file@example.com\r", "no setting"]
    (tmp_path / ".env").write_text("\n".join(lines))
    shown = "import json, os; print(json.dumps(dict(os.environ)))"
    call = f". scripts/settings.sh && {sys.executable} -c '{shown}'"
    environment = {"PATH": os.environ["PATH"], "ALERT_EMAIL": "", "AWS_PROFILE": ""}
    ended = typed("bash", "-euo", "pipefail", "-c", call, env=environment, cwd=tmp_path)
    said: dict[str, Any] = json.loads(ended.stdout)
    assert (said["AWS_REGION"], said["AWS_DEFAULT_REGION"]) == (REGION, REGION)
    assert said["TF_VAR_alert_email"] == "file@example.com"
    assert "AWS_PROFILE" not in said
    other = typed(
        "bash", "-c", call, env={**environment, "ALERT_EMAIL": "mine@example.com"}, cwd=tmp_path
    )
    assert json.loads(other.stdout)["TF_VAR_alert_email"] == "mine@example.com"


def doctor(env: dict[str, str]) -> dict[str, dict[str, str]]:
    call = ". scripts/settings.sh && exec python scripts/doctor.py --json"
    ended = typed("bash", "-c", call, env=env)
    assert ended.returncode in (0, 64), ended.stderr
    return {finding["check"]: finding for finding in json.loads(ended.stdout)}


def test_the_doctor_is_content_with_a_region_and_an_address(told: dict[str, str]) -> None:
    found = doctor({**told, "AWS_REGION": REGION, "ALERT_EMAIL": "you@example.com"})
    assert [found[check]["cure"] for check in ("identity", "region", "alerts")] == ["", "", ""]
    assert found["region"]["found"] == REGION
    assert "create-service-linked-role" in found["service-linked role"]["cure"]


def test_the_doctor_names_a_cure_for_what_is_missing(told: dict[str, str]) -> None:
    found = doctor(told)
    assert "AWS_REGION" in found["region"]["cure"]
    wrong = doctor({**told, "AWS_REGION": REGION, "AWS_PROFILE": "nobody"})
    assert "AWS_PROFILE" in wrong["region"]["cure"]
    assert "AWS_PROFILE" in wrong["identity"]["cure"]


def test_the_sample_is_uploaded_by_dataset(aws: AwsServer, told: dict[str, str]) -> None:
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": REGION})
    env = {**told, "AWS_REGION": REGION}
    ended = typed("scripts/upload_sample.sh", "--landing", "s3://shop/landing/", env=env)
    assert ended.returncode == 0, ended.stderr
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket="shop")["Contents"]]
    assert {key.split("/")[1] for key in keys} >= {"orders", "order_items"}
    assert all(key.startswith("landing/") for key in keys)


@pytest.mark.parametrize(
    "call",
    [
        ("scripts/upload_sample.sh", "--batch"),
        ("scripts/upload_sample.sh", "--from", "no/such/folder"),
        ("scripts/start_batch.sh", "--function"),
        ("scripts/start_batch.sh", "--again", "yesterday's"),
        ("scripts/start_batch.sh", "--what"),
        ("scripts/deploy.sh", "--what"),
    ],
)
def test_wrong_usage_is_64_and_says_why(call: tuple[str, ...], told: dict[str, str]) -> None:
    ended = typed(*call, env=told)
    assert ended.returncode == 64
    assert ended.stderr


@pytest.mark.parametrize("script", ["upload_sample", "start_batch", "deploy", "push_to_cloud"])
def test_every_command_explains_itself(script: str, told: dict[str, str]) -> None:
    ended = typed(f"scripts/{script}.sh", "--help", env=told)
    assert ended.returncode == 0
    assert "Exit codes" in ended.stdout

"""Tags and pushing: the scripts themselves in a repository of their own, ECR by moto.

Docker and Terraform are programs that write down how they were called; docker's `push` puts an
image into moto's ECR, so that what the script asks afterwards is answered by ECR's rules.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
REPOSITORIES = {job: f"{REGISTRY}/spark-{job}" for job in ("validate", "transform")}
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
TERRAFORM = f"""\
#!/bin/sh
case $1 in
  console) read -r asked; case $asked in
    var.region) echo '"eu-west-1"' ;;
    var.engine) echo "\\"${{FAKE_ENGINE:-sail}}\\"" ;;
    var.architecture) echo '"ARM64"' ;;
    *) exit 1 ;;
  esac ;;
  output) echo '{json.dumps(REPOSITORIES)}' ;;
  *) exit 1 ;;
esac
"""
DOCKER = """\
#!/bin/sh
echo "$*" >> "$CALLS"
case $1 in
  version) echo 20.10.24 ;;
  login) cat > /dev/null ;;
  push)
    image=${2#*/}
    manifest="{\\"schemaVersion\\": 2, \\"mediaType\\": \\"$MEDIA_TYPE\\", \\"of\\": \\"$2\\"}"
    aws ecr put-image --region eu-west-1 --repository-name "${image%:*}" \\
      --image-tag "${image##*:}" --image-manifest "$manifest" > /dev/null ;;
esac
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A committed repository with our scripts and what goes into the images, in small."""
    folder = tmp_path / "repository"
    for name in ("docker", "requirements", "spark_jobs", "scripts", "terraform"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text("as committed\n")
    for name in ("LICENSE", "README.md", "pyproject.toml", "unrelated"):
        (folder / name).write_text("as committed\n")
    (folder / "spark_jobs" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    for name in ("build_images.sh", "push_to_cloud.sh", "settings.sh"):
        shutil.copy(ROOT / "scripts" / name, folder / "scripts" / name)
    write_program(folder / "scripts" / "terraform.sh", TERRAFORM)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The scripts' variables: a docker that writes its calls down, nothing of this shell's."""
    write_program(tmp_path / "bin" / "docker", DOCKER)
    ours = ("ENGINE", "ARCHITECTURE", "BASE", "DOCKER", "TF_VAR_engine", "TF_VAR_architecture")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    path = f"{tmp_path / 'bin'}:{ROOT / '.venv-full' / 'bin'}:{kept['PATH']}"
    ours_now = {"CALLS": str(tmp_path / "calls"), "MEDIA_TYPE": MEDIA_TYPE, "REGISTRY": ""}
    return kept | ours_now | {"PATH": path}


@pytest.fixture
def ecr(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment with moto's ECR, which has both repositories."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    environment["AWS_ENDPOINT_URL"] = address
    environment |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    reset = urllib.request.Request(f"{address}/moto-api/reset", data=b"")  # noqa: S310
    urllib.request.urlopen(reset, timeout=10).close()  # noqa: S310
    for job in REPOSITORIES:
        client(environment).create_repository(
            repositoryName=f"spark-{job}", imageTagMutability="IMMUTABLE"
        )
    yield environment
    server.stop()


def client(environment: dict[str, str]) -> Any:
    return boto3.client(
        "ecr",
        region_name="eu-west-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106
    )


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    told = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a change")


def run(
    folder: Path, script: str, *arguments: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    call = [str(folder / "scripts" / script), *arguments]
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False)


def tag(folder: Path, environment: dict[str, str], **variables: str) -> str:
    told = run(folder, "build_images.sh", "--tag", environment=environment | variables)
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


def calls(environment: dict[str, str], verb: str) -> list[str]:
    path = Path(environment["CALLS"])
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if line.startswith(f"{verb} ")]


def test_a_release_bears_its_version(repository: Path, environment: dict[str, str]) -> None:
    git(repository, "tag", "v1.2.3")
    assert tag(repository, environment) == "1.2.3"


def test_after_a_release_git_describes(repository: Path, environment: dict[str, str]) -> None:
    git(repository, "tag", "v1.2.3")
    (repository / "README.md").write_text("later\n")
    commit(repository)
    short = git(repository, "rev-parse", "--short=12", "HEAD")
    assert tag(repository, environment) == f"1.2.3-1-g{short}"


def test_without_a_release_the_commit_names(repository: Path, environment: dict[str, str]) -> None:
    short = git(repository, "rev-parse", "--short=12", "HEAD")
    assert tag(repository, environment) == f"1.2.3-g{short}"


def test_another_releases_tag_is_not_this_version(
    repository: Path, environment: dict[str, str]
) -> None:
    git(repository, "tag", "v1.2.2")
    assert tag(repository, environment).startswith("1.2.2-0-g")


def test_each_content_of_a_changed_tree_has_a_tag_of_its_own(
    repository: Path, environment: dict[str, str]
) -> None:
    git(repository, "tag", "v1.2.3")
    told = [tag(repository, environment)]
    for path, text in (("spark_jobs/file", "a"), ("spark_jobs/file", "b"), ("docker/new", "b")):
        (repository / path).write_text(text)
        told.append(tag(repository, environment))
    (repository / "docker" / "file").unlink()
    told.append(tag(repository, environment))
    assert len(set(told)) == 5
    assert told[-1] == tag(repository, environment)
    assert git(repository, "diff", "--cached", "--name-only") == ""


def test_what_is_not_in_the_images_does_not_change_the_tag(
    repository: Path, environment: dict[str, str]
) -> None:
    git(repository, "tag", "v1.2.3")
    (repository / "unrelated").write_text("changed\n")
    assert tag(repository, environment) == "1.2.3"


def test_engine_and_architecture_are_in_the_tag(
    repository: Path, environment: dict[str, str]
) -> None:
    git(repository, "tag", "v1.2.3")
    assert tag(repository, environment, ENGINE="spark") == "1.2.3-spark"
    assert tag(repository, environment, TF_VAR_architecture="ARM64") == "1.2.3-arm64"
    assert tag(repository, environment, TF_VAR_engine="spark", ARCHITECTURE="ARM64") == (
        "1.2.3-spark-arm64"
    )


def test_without_git_the_version_is_the_tag(repository: Path, environment: dict[str, str]) -> None:
    shutil.rmtree(repository / ".git")
    assert tag(repository, environment | {"GIT_CEILING_DIRECTORIES": str(repository)}) == "1.2.3"


@pytest.mark.parametrize("name", ["ENGINE", "ARCHITECTURE"])
def test_a_wrong_word_is_refused_before_anything_is_built(
    repository: Path, environment: dict[str, str], name: str
) -> None:
    told = run(repository, "build_images.sh", environment=environment | {name: "flink"})
    assert told.returncode == 64
    assert "'flink'" in told.stderr
    assert calls(environment, "build") == []


def test_both_images_are_pushed_once_and_their_digests_written(
    repository: Path, ecr: dict[str, str]
) -> None:
    git(repository, "tag", "v1.2.3")
    first = run(repository, "push_to_cloud.sh", environment=ecr)
    assert first.returncode == 0, first.stderr
    target = repository / "terraform" / "image.auto.tfvars.json"
    digests = json.loads(target.read_text())["image_digests"]
    assert {job: value[:7] for job, value in digests.items()} == {
        "validate": "sha256:",
        "transform": "sha256:",
    }
    assert digests["validate"] != digests["transform"]
    pushed = [f"push {REGISTRY}/spark-{job}:1.2.3-arm64" for job in ("validate", "transform")]
    assert calls(ecr, "push") == pushed
    assert all("--platform linux/arm64" in line for line in calls(ecr, "build"))

    target.unlink()
    again = run(repository, "push_to_cloud.sh", environment=ecr)
    assert again.returncode == 0, again.stderr
    assert json.loads(target.read_text())["image_digests"] == digests
    assert calls(ecr, "push") == pushed
    assert len(calls(ecr, "build")) == 2


def test_a_push_that_died_between_the_two_is_completed(
    repository: Path, ecr: dict[str, str]
) -> None:
    git(repository, "tag", "v1.2.3")
    manifest = {"schemaVersion": 2, "mediaType": MEDIA_TYPE, "of": "an earlier push"}
    client(ecr).put_image(
        repositoryName="spark-validate",
        imageTag="1.2.3-arm64",
        imageManifest=json.dumps(manifest),
    )
    told = run(repository, "push_to_cloud.sh", environment=ecr)
    assert told.returncode == 0, told.stderr
    assert calls(ecr, "push") == [f"push {REGISTRY}/spark-transform:1.2.3-arm64"]


def test_nothing_is_written_where_aws_fails(repository: Path, ecr: dict[str, str]) -> None:
    client(ecr).delete_repository(repositoryName="spark-transform")
    told = run(repository, "push_to_cloud.sh", environment=ecr)
    assert told.returncode != 0
    assert "RepositoryNotFoundException" in told.stderr
    assert calls(ecr, "push") == []
    assert not (repository / "terraform" / "image.auto.tfvars.json").exists()

"""The jobs' images for a local AWS: when they are built and pushed, and what is told if not.

`docker` and the two scripts are programs of our own here, which write down how they were called.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.local_aws import engine, images
from scripts.local_aws.errors import MissingError, StackError
from scripts.local_aws.running import Server

PROGRAM = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    who = pathlib.Path(__file__).name
    calls.write(json.dumps([[who, *sys.argv[1:]], dict(os.environ)]) + "\\n")
answer = here / f"{{pathlib.Path(__file__).name}}.answer"
code, text = json.loads(answer.read_text()) if answer.exists() else [0, ""]
print(text)
sys.exit(code)
"""


class Scripts:
    """The programs, their answers and their calls."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "scripts"
        self.folder.mkdir(parents=True)
        for name in ("docker", "push_to_cloud.sh", "build_images.sh"):
            path = self.folder / name
            path.write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
            path.chmod(0o755)
        self.answer("build_images.sh", "1.0-sail")

    def answer(self, name: str, text: str, code: int = 0) -> None:
        """What a program prints from now on, and its exit code."""
        (self.folder / f"{name}.answer").write_text(json.dumps([code, text]), encoding="utf-8")

    def calls(self, name: str) -> list[tuple[list[str], dict[str, str]]]:
        """Arguments and environment of each call of a program."""
        path = self.folder / "calls"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [(line[1:], given) for line, given in map(json.loads, lines) if line[0] == name]


class Stack:
    """One that runs."""

    url = "http://127.0.0.1:4999"

    def __init__(self, tasks: str) -> None:
        self.server = Server.of(1, 4999, tasks, "")
        self.credentials = {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "test"}


class Deployment:
    """One whose Terraform does nothing."""

    is_complete = is_applied = False

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "terraform"
        self.variables = {"engine": "spark"}
        folder.mkdir()
        self.applied = 0

    def apply(self, _: Any) -> None:
        self.is_complete = self.is_applied = True
        self.applied += 1


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripts:
    made = Scripts(tmp_path / "repository")
    monkeypatch.setattr(images, "ROOT", tmp_path / "repository")
    monkeypatch.setenv("DOCKER", str(made.folder / "docker"))
    return made


@pytest.fixture
def deployment(tmp_path: Path) -> Any:
    return Deployment(tmp_path / "deployment")


@pytest.fixture
def stack() -> Any:
    return Stack("containers")


def say(_: str) -> None:
    """To nobody."""


def test_without_docker_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("DOCKER", raising=False)
    with pytest.raises(MissingError, match=r"need docker: install it.*--containers"):
        engine.check_engine()


def test_an_engine_that_does_not_answer_is_told_with_its_words(scripts: Scripts) -> None:
    engine.check_engine()
    scripts.answer("docker", "", 1)
    with pytest.raises(MissingError, match=r"does not answer.*DOCKER_HOST"):
        engine.check_engine()


def test_repositories_then_images_then_all_that_runs_them(
    scripts: Scripts, stack: Any, deployment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "REGISTRY", "TF_VAR_engine"):
        monkeypatch.setenv(name, "of-a-real-account")
    images.deploy(stack, deployment, say)

    assert deployment.applied == 2
    ((_, given),) = scripts.calls("push_to_cloud.sh")
    assert given["ORDERS_TERRAFORM"] == str(deployment.root)
    assert (given["REGISTRY"], given["AWS_ENDPOINT_URL"]) == ("127.0.0.1:4999", stack.url)
    assert "of-a-real-account" not in given.values()
    assert [call for call, _ in scripts.calls("docker")] == [["logout", "127.0.0.1:4999"]]
    assert images.is_deployed(stack, deployment)


def test_images_of_code_that_has_changed_are_pushed_and_repositories_are_there(
    scripts: Scripts, stack: Any, deployment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE", "sail")
    images.deploy(stack, deployment, say)
    scripts.answer("build_images.sh", "1.1-sail")
    assert not images.is_deployed(stack, deployment)

    images.deploy(stack, deployment, say)

    assert images.is_deployed(stack, deployment)
    assert deployment.applied == 3
    asked = {(*call, given["ENGINE"]) for call, given in scripts.calls("build_images.sh")}
    assert asked == {("--tag", "spark")}


def test_processes_need_no_image(scripts: Scripts, deployment: Any) -> None:
    stack: Any = Stack("processes")
    images.deploy(stack, deployment, say)

    assert deployment.applied == 1
    assert images.is_deployed(stack, deployment)
    assert not scripts.calls("push_to_cloud.sh") + scripts.calls("docker")


def test_a_push_that_fails_tells_its_last_lines_and_leaves_no_password_behind(
    scripts: Scripts, stack: Any, deployment: Any
) -> None:
    scripts.answer("push_to_cloud.sh", "no space left", 1)
    with pytest.raises(StackError, match=r"not pushed; .*images\.log ends with:\nno space left"):
        images.deploy(stack, deployment, say)

    assert [call[0] for call, _ in scripts.calls("docker")] == ["logout"]
    assert not images.is_deployed(stack, deployment)


def test_a_local_aws_that_has_ended_leaves_no_container_and_no_name_in_the_engine(
    scripts: Scripts,
) -> None:
    scripts.answer("docker", "127.0.0.1:4999/a 1 sha256:5\n127.0.0.1:4999/b <none> sha256:6")
    engine.forget("127.0.0.1:4999")

    listed, removed, named, unnamed = (call for call, _ in scripts.calls("docker"))
    assert listed[-1].endswith(":4999")
    assert removed[:3] == ["rm", "--force", "--volumes"]
    assert named[-1] == "127.0.0.1:4999/*"
    assert unnamed == ["rmi", "127.0.0.1:4999/a:1", "127.0.0.1:4999/b@sha256:6"]

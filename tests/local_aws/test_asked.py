"""Options of the local AWS: what is refused, before it has any effect."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from scripts.local_aws import asked, up
from scripts.local_aws.__main__ import main
from scripts.local_aws.deployment import Deployment
from scripts.local_aws.running import Server
from scripts.local_aws.stack import Stack
from scripts.local_aws.status import deployments

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a local AWS that nothing was done for."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(Stack, "start", lambda _: pytest.fail("it was started"))
    return tmp_path / "aws"


def test_the_rule_for_an_environment_is_that_of_terraform() -> None:
    text = (ROOT / "terraform" / "variables.tf").read_text(encoding="utf-8")
    rule = re.search(r'regex\("(.+)", var\.environment\).* <= (\d+)', text)
    assert rule is not None
    assert rule.groups() == (asked.ENVIRONMENT, str(asked.LONGEST))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["up", "--environment", "default"], "'default' is the system without a prefix"),
        (["logs", "--environment", "default"], "the system without a prefix"),
        (["logs", "--environment", "../evil"], "lower case letters"),
        (["up", "--environment", "../evil"], "lower case letters, digits and single hyphens"),
        (["up", "--environment", "team-a\n"], "lower case letters"),
        (["up", "--environment", "Team"], "lower case letters"),
        (["up", "--environment", "a" * 13], "at most 12"),
        (["up", "--port", "99999"], "'99999': a port is a number from 1 to 65535"),
        (["up", "--port", "0"], "a port is a number"),
        (["up", "--port", "-1"], "a port is a number"),
        (["up", "--set", "environment=x"], "name it by --environment"),
    ],
)
def test_what_cannot_be_is_refused_with_the_rule_and_leaves_nothing(
    folder: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*options, "--folder", str(folder)])
    assert ended.value.code == 64
    assert words in capsys.readouterr().err
    assert list(folder.parent.iterdir()) == []


def test_what_may_be_asked_for_is_taken_as_it_is() -> None:
    assert [asked.environment(name) for name in ("", "defaultx", "team-a")] == [
        "",
        "defaultx",
        "team-a",
    ]
    assert [asked.port(text) for text in ("1", "65535")] == [1, 65535]


def test_a_system_whose_name_begins_with_default_is_told_by_its_whole_name(folder: Path) -> None:
    stack = Stack(folder)
    for name in ("", "defaultx"):
        Deployment(stack, environment=name).root.mkdir(parents=True)
    assert [one.environment for one in deployments(stack)] == ["", "defaultx"]


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("asked_by", [["--engine", "spark"], ["--set", "engine=spark"]])
def test_an_engine_whose_environment_lacks_is_refused_whoever_asks_and_whatever_runs(
    folder: Path,
    running: bool,
    asked_by: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder.parent / ".venv" / "bin").mkdir(parents=True)
    (folder.parent / ".venv" / "bin" / "orders").touch()
    monkeypatch.setattr(up, "ROOT", folder.parent)
    monkeypatch.setattr(up, "_check_variables", lambda _: None)
    here = Server.of(os.getpid(), 4600, "processes", "") if running else None
    monkeypatch.setattr(Stack, "server", here)
    monkeypatch.setattr(up, "package", lambda *_: pytest.fail("it went on"))
    assert main(["up", "--folder", str(folder), *asked_by]) == 64
    assert "run `make .venv-full`" in capsys.readouterr().err
    assert main(["up", "--folder", str(folder), "--set", "engine=duckdb"]) == 64
    assert "it is sail or spark" in capsys.readouterr().err
    assert not folder.exists()

"""`make local-…` asked for wrongly, too early, or in vain: told with its exit code and cure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.local_aws import packaging, up
from scripts.local_aws.__main__ import main
from scripts.local_aws.errors import MissingError
from scripts.local_aws.stack import PYTHON
from tests.local_aws.typed import typed

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-local")
HELP = "usage:"


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

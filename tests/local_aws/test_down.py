"""`make local-down`: what goes, and what stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.local_aws.down import remove
from scripts.local_aws.ports import free_port
from scripts.local_aws.stack import PYTHON, Stack
from tests.local_aws.typed import typed

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make .venv-local")


def test_down_leaves_nothing_of_its_own_and_everything_of_others(folder: Path) -> None:
    typed("up", folder, "--port", str(free_port()))
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

"""`make local-…` as it is typed, without its packages: for tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


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


def status(folder: Path) -> dict[str, Any]:
    """What `local-status --json` tells."""
    told: dict[str, Any] = json.loads(typed("status", folder, "--json").stdout)
    return told


def alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    call = ["ps", "-p", str(pid), "-o", "stat="]
    told = subprocess.run(call, capture_output=True, text=True, check=False).stdout.strip()
    return bool(told) and not told.startswith("Z")

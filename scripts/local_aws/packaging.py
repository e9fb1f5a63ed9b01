"""The Lambdas' zips, made again only when something in them has changed."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.local_aws.environment import ROOT, neutral
from scripts.local_aws.errors import MissingError

PYTHON = ROOT / ".venv" / "bin" / "python"
PACKAGER = ROOT / "scripts" / "package_lambdas.py"
ZIPS = ROOT / "build" / "lambdas"
_SOURCES = ("step_functions/lambdas", "spark_jobs/facts", "spark_jobs/batch")


def package(made_from: Path, say: Callable[[str], None]) -> None:
    """Packages the Lambdas unless the zips were made from these sources.

    Args:
        made_from: Where it is written down what the zips were made from.

    Raises:
        MissingError: They could not be made.
    """
    if made_from.exists() and made_from.read_text(encoding="utf-8") == _state():
        return
    say("packaging the Lambdas")
    if not PYTHON.exists():
        raise MissingError("the environment .venv is missing: run `make .venv`")
    made = subprocess.run(
        [str(PYTHON), str(PACKAGER)],
        env=neutral(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        raise MissingError(f"the Lambdas were not packaged: {made.stderr.strip()}")
    made_from.parent.mkdir(parents=True, exist_ok=True)
    made_from.write_text(_state(), encoding="utf-8")


def _state() -> str:
    """What goes in and what came out."""
    digest = hashlib.sha256()
    for path in [*_inputs(), *sorted(ZIPS.glob("*.zip"))]:
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    yield PACKAGER
    yield ROOT / "requirements" / "lambda.txt"
    yield ROOT / "spark_jobs" / "__init__.py"
    for folder in _SOURCES:
        yield from sorted((ROOT / folder).rglob("*.py"))

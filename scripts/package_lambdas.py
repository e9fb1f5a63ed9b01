"""Make the Lambdas' zips, build/lambdas/<name>.zip: the same bytes from the same code.

Each holds the Lambda's own folder, the parts of spark_jobs that Lambdas and jobs share, and the
packages of requirements/lambda.txt, hashes checked, pure Python only; boto3 is the runtime's.
Prints what it made. Needs pip and, the first time, a package index.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "lambda.txt"
LAMBDAS = ("batch_gate", "cleanup")
LOCAL_ONLY = {"spark_jobs/batch/lock.py", "spark_jobs/batch/registry.py"}
"""What only a laptop's run needs."""
LEFT_OUT = {"__pycache__", "bin"}
COMPILED = {".so", ".pyd", ".dylib"}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell."""
READABLE = 0o644 << 16
Contents = dict[str, Path]


def main() -> None:
    """Package both Lambdas, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="*", help=f"which ones (default: {' '.join(LAMBDAS)})")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "lambdas", help="where to")
    arguments = parser.parse_args()
    unknown = set(arguments.name) - set(LAMBDAS)
    if unknown:
        parser.error(f"no such Lambda: {', '.join(sorted(unknown))}")
    for target in package(arguments.folder, arguments.name or LAMBDAS):
        content = target.read_bytes()
        print(f"{hashlib.sha256(content).hexdigest()}  {len(content):>9,} bytes  {target}")


def package(folder: Path, names: tuple[str, ...] | list[str] = LAMBDAS) -> list[Path]:
    """The zips, made in the folder.

    Raises:
        SystemExit: The packages could not be had, or one is compiled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        packages = _packages(Path(work))
        return [write_zip(folder / f"{name}.zip", _own(name) | packages) for name in names]


def _own(name: str) -> Contents:
    """The Lambda's folder as a package of its own, and what it shares with the jobs."""
    lambdas, package = ROOT / "step_functions" / "lambdas", ROOT / "spark_jobs"
    shared = [package / "__init__.py", *_sources(package / "facts"), *_sources(package / "batch")]
    own = {path.relative_to(lambdas).as_posix(): path for path in _sources(lambdas / name)}
    ours = {path.relative_to(ROOT).as_posix(): path for path in shared}
    return own | {place: path for place, path in ours.items() if place not in LOCAL_ONLY}


def _sources(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.py") if not LEFT_OUT & set(path.parts))


def _packages(folder: Path) -> Contents:
    """The locked packages' files, without what an installation adds."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    locked = ["--require-hashes", "--no-deps", "--no-compile", "--only-binary", ":all:"]
    made = subprocess.run(
        [*pip, *locked, "--target", str(folder), "--requirement", str(REQUIREMENTS)], check=False
    )
    if made.returncode:
        sys.exit("the Lambdas' packages could not be had: is a package index within reach?")
    files = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.relative_to(folder).parts)
    }
    compiled = sorted(place for place, path in files.items() if path.suffix in COMPILED)
    if compiled:
        sys.exit(f"{compiled[0]} is compiled, and zips are pure Python: requirements/lambda.in")
    # What the installer writes of itself differs between machines, and nobody reads it.
    return {p: path for p, path in files.items() if path.name not in {"RECORD", "INSTALLER"}}


def write_zip(target: Path, contents: Contents) -> Path:
    """The zip of these files, put in its place whole, for an apply may be reading the one before.

    One that has the same bytes already is not touched.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for place in sorted(contents):
            entry = zipfile.ZipInfo(place, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on whatever machine
            entry.external_attr = READABLE
            archive.writestr(entry, contents[place].read_bytes(), compresslevel=9)
    content = made.getvalue()
    if not (target.is_file() and target.read_bytes() == content):
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        beside.write_bytes(content)
        beside.replace(target)
    return target


if __name__ == "__main__":
    main()

"""Fetch jars by their Maven coordinates and verify each: standard library only."""

from __future__ import annotations

import argparse
import hashlib
import sys
import urllib.request
from pathlib import Path


def wanted(package_list: Path) -> list[tuple[str, str]]:
    """Coordinates and sha256 of each line `group:artifact:version sha256:…`."""
    lines = package_list.read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [(coordinates, checksum.removeprefix("sha256:")) for coordinates, checksum in pairs]


def fetch(repository: str, coordinates: str, checksum: str, target: Path) -> None:
    """One jar into a folder; ends the program where its bytes are not those of the list."""
    group, artifact, version = coordinates.split(":")
    jar = f"{artifact}-{version}.jar"
    address = "/".join([repository.rstrip("/"), *group.split("."), artifact, version, jar])
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 (https by default)
        content = answer.read()
    found = hashlib.sha256(content).hexdigest()
    if found != checksum:
        sys.exit(f"{coordinates}: sha256 is {found}, the list says {checksum}")
    (target / jar).write_bytes(content)


def main() -> None:
    """Fetch what the list names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="repository", required=True, help="address of a repository")
    parser.add_argument("--into", type=Path, required=True, help="folder, made where missing")
    parser.add_argument("list", type=Path)
    told = parser.parse_args()
    told.into.mkdir(parents=True, exist_ok=True)
    for coordinates, checksum in wanted(told.list):
        fetch(told.repository, coordinates, checksum, told.into)


if __name__ == "__main__":
    main()

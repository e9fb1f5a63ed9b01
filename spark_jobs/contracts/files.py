"""Where contracts lie: the bundled files, those of a folder, and what tells two sets apart."""

import hashlib
from importlib import resources
from pathlib import Path

_SUFFIXES = frozenset({".yaml", ".yml"})


def bundled() -> tuple[Path, ...]:
    """The contracts that come with the package, by name."""
    folder = Path(str(resources.files("spark_jobs.contracts")))
    return tuple(sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES))


def fingerprint(contracts: Path | None) -> str:
    """What tells two sets of contracts apart: a hash over their files."""
    digest = hashlib.sha256()
    for path in bundled() if contracts is None else contract_files(contracts):
        for part in (path, *sorted(path.parent.glob(f"{path.stem}.*.expectations.json"))):
            digest.update(part.read_bytes())
    return digest.hexdigest()[:16]

"""Where contracts lie: the bundled files, those of a folder, and what tells two sets apart."""

import hashlib
from importlib import resources
from pathlib import Path

from spark_jobs.facts.errors import ContractError

_SUFFIXES = frozenset({".yaml", ".yml"})


def bundled() -> tuple[Path, ...]:
    """The contracts that come with the package, by name."""
    folder = Path(str(resources.files("spark_jobs.contracts")))
    return tuple(sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES))


def contract_files(folder: Path) -> tuple[Path, ...]:
    """The contract files of a folder, by name.

    Raises:
        ContractError: There is no such folder.
    """
    if not folder.is_dir():
        raise ContractError(
            "there is no such folder of contracts",
            where=str(folder),
            cure="create it, or leave the setting out to use the bundled contracts",
        )
    return tuple(
        sorted(p for p in folder.iterdir() if p.suffix in _SUFFIXES and not p.name.startswith("."))
    )


def fingerprint(contracts: Path | None) -> str:
    """What tells two sets of contracts apart: a hash over their files."""
    digest = hashlib.sha256()
    for path in bundled() if contracts is None else contract_files(contracts):
        for part in (path, *sorted(path.parent.glob(f"{path.stem}.*.expectations.json"))):
            digest.update(part.read_bytes())
    return digest.hexdigest()[:16]

"""Loading contracts: the bundled ones, or those of a folder."""

from pathlib import Path

from spark_jobs.contracts.files import bundled, contract_files
from spark_jobs.contracts.marks import read_document
from spark_jobs.contracts.model import Contract
from spark_jobs.contracts.odcs import build_contract
from spark_jobs.facts.errors import ContractError


def load_contracts(folder: Path | None = None) -> tuple[Contract, ...]:
    """The contracts of a folder, or the bundled ones where no folder is given.

    A folder *replaces* the bundled contracts: all its `*.yaml` and `*.yml` are used and nothing
    else, so that a contract with the id of a bundled one (a corrected copy of `basic.yaml`, say)
    is simply used. Copy the bundled files there to keep them beside your own.

    Raises:
        ContractError: The folder has no contract, two with one id, or one with complaints; all
            complaints of all files at once, a line for each.
    """
    if folder is None:
        return tuple(build_contract(read_document(path)) for path in bundled())
    from spark_jobs.contracts.lint import lint_folder  # imports the JSON Schema: 0.2 s

    _raise(lint_folder(folder), folder)
    return tuple(build_contract(read_document(path)) for path in contract_files(folder))


def load_contract(path: Path) -> Contract:
    """The contract of one file, after all its rules were checked.

    Raises:
        ContractError: The contract cannot be used; all complaints at once, a line for each.
    """
    from spark_jobs.contracts.lint import lint  # imports the JSON Schema: 0.2 s

    _raise(lint(path), path)
    return build_contract(read_document(path))


def _raise(complaints: list[ContractError], path: Path) -> None:
    if len(complaints) == 1:
        raise complaints[0]
    if complaints:
        raise ContractError(
            f"{len(complaints)} complaints:\n" + "\n".join(f"  {each}" for each in complaints),
            where=str(path),
        )

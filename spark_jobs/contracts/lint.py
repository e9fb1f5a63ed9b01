"""Checking a contract before it is used: every complaint at once, with file, line and cure."""

from pathlib import Path

from spark_jobs.contracts.files import contract_files
from spark_jobs.contracts.linting.complaints import Complaints
from spark_jobs.contracts.linting.elements import check_contract
from spark_jobs.contracts.linting.schema import check_schema
from spark_jobs.contracts.marks import Document, read_document
from spark_jobs.facts.errors import ContractError


def lint(path: Path) -> list[ContractError]:
    """The complaints about one contract, by line; none when it can be used.

    Three stages, each only when the one before was clean: YAML (with duplicate keys), the JSON
    Schema of the standard (missing and misspelt keys, types), and the rules of this pipeline.
    """
    try:
        document = read_document(path)
    except ContractError as error:
        return [error]
    return _lint_document(document)


def lint_folder(folder: Path) -> list[ContractError]:
    """The complaints about all contracts of a folder, and about the folder itself.

    Raises:
        ContractError: There is no such folder.
    """
    files = contract_files(folder)
    if not files:
        cure = "put a contract there (see `orders contracts new`), or leave the setting out"
        return [ContractError("no contract (*.yaml, *.yml) here", where=str(folder), cure=cure)]
    found: list[ContractError] = []
    first: dict[str, Document] = {}
    for path in files:
        complaints = lint(path)
        found.extend(complaints)
        if complaints:
            continue
        document = read_document(path)
        shape = document.data["id"]
        if shape in first:
            what = f"the id {shape!r} is taken by {first[shape].where(('id',))}"
            cure = "give each contract an id of its own"
            found.append(ContractError(what, where=document.where(("id",)), cure=cure))
        first.setdefault(shape, document)
    return found


def _lint_document(document: Document) -> list[ContractError]:
    complaints = Complaints(document, list(document.complaints))
    if not isinstance(document.data, dict):
        complaints.add((), "the file is no contract", "see `orders contracts new` for a start")
    for check in (check_schema, check_contract):
        if not complaints.found:
            check(complaints)
    return complaints.in_order()

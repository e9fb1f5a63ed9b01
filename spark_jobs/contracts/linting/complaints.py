"""Where the rules put what they find."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spark_jobs.contracts.marks import Document, Place
from spark_jobs.facts.errors import ContractError

PERCENT = 100
"""The greatest share."""


@dataclass
class Complaints:
    """The complaints about one document, each with file, line and cure."""

    document: Document
    found: list[ContractError] = field(default_factory=list)

    def add(self, place: Place, what: str, cure: str) -> None:
        """Adds a complaint about the value at that place."""
        self.found.append(ContractError(what, where=self.document.where(place), cure=cure))

    def in_order(self) -> list[ContractError]:
        """All complaints by line, each once."""
        lines = {error.where: int(error.where.rpartition(":")[2]) for error in self.found}
        once = {str(error): error for error in self.found}
        return sorted(once.values(), key=lambda error: lines[error.where])


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`write 'x'` for the nearest known word, else the list of all."""
    listed = sorted(known)
    near = difflib.get_close_matches(word, listed, n=1, cutoff=0.6)
    return f"write {near[0]!r}" if near else f"known are {', '.join(listed)}"


def settings_of(
    complaints: Complaints, element: Mapping[str, Any], place: Place, known: frozenset[str]
) -> dict[str, tuple[Any, Place]]:
    """The custom properties of an element with their places; unknown and double ones are told."""
    found: dict[str, tuple[Any, Place]] = {}
    for i, item in enumerate(element.get("customProperties") or []):
        at: Place = (*place, "customProperties", i)
        name = item["property"]
        if name not in known:
            what = f"the custom property {name!r} is not known here"
            complaints.add(at, what, did_you_mean(name, known) if known else "remove it")
        elif name in found:
            complaints.add(at, f"the custom property {name!r} is given twice", "keep one")
        found[name] = (item["value"], at)
    return found

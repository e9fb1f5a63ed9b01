"""Why files and records were rejected: findings summed over files, personal values masked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spark_jobs.contracts.model import Contract
from spark_jobs.facts.violations import CURES, RecordCode
from spark_jobs.rules.count import Finding
from spark_jobs.rules.verdict import FileVerdict

MASK = "***"
_OF_NO_COLUMN = frozenset({RecordCode.MALFORMED_QUOTING, RecordCode.FIELD_TOO_LONG})
"""Their examples quote a record whose columns could not be told apart."""


@dataclass(frozen=True)
class Masks:
    """The personal columns as (shape, dataset, column)."""

    personal: frozenset[tuple[str, str, str]]

    @classmethod
    def of(cls, contracts: Iterable[Contract]) -> Masks:
        """The masks that these contracts ask for."""
        return cls(
            frozenset(
                (contract.shape, str(dataset), column.name)
                for contract in contracts
                for dataset, rules in contract.datasets.items()
                for column in rules.columns
                if column.personal
            )
        )

    def example(self, file: FileVerdict, finding: Finding) -> str:
        """The example of a finding, masked where its column is personal or not known."""
        hidden = (file.shape, file.dataset, finding.column) in self.personal
        unknown = finding.code in _OF_NO_COLUMN and any(
            (shape, dataset) == (file.shape, file.dataset) for shape, dataset, _ in self.personal
        )
        return MASK if finding.example and (hidden or unknown) else finding.example


@dataclass
class Reason:
    """One rule over all files; `file` and `record` name the first place."""

    code: str
    column: str
    records: int = 0
    example: str = ""
    file: str = ""
    record: int | None = None

    @property
    def cure(self) -> str:
        """What to do about it, empty where nothing is rejected for it."""
        return CURES.get(self.code, "")


def gather(files: Iterable[FileVerdict], kind: str, masks: Masks) -> list[Reason]:
    """The findings of all files by rule and column, the most frequent first.

    Args:
        kind: `violations` or `warnings`.
    """
    reasons: dict[tuple[str, str], Reason] = {}
    for file in files:
        for finding in getattr(file, kind):
            reason = reasons.setdefault(
                (finding.code, finding.column), Reason(finding.code, finding.column)
            )
            reason.records += finding.records
            if not reason.file:
                reason.file, reason.record = file.name, finding.record
                reason.example = masks.example(file, finding)
    return sorted(reasons.values(), key=lambda r: (-r.records, r.code, r.column))

"""Values that a contract calls personal are not shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spark_jobs.rules.count import Finding
from spark_jobs.rules.verdict import FileVerdict

MASK = "***"


@dataclass(frozen=True)
class Masks:
    """The personal columns as (shape, dataset, column)."""

    personal: frozenset[tuple[str, str, str]]

    def example(self, file: FileVerdict, finding: Finding) -> str:
        """The example of a finding, masked where its column is personal."""
        hidden = (file.shape, file.dataset, finding.column) in self.personal
        return MASK if hidden and finding.example else finding.example


def masks_of(contracts: Path | None) -> Masks:
    """The masks that the contracts of a folder ask for (of the bundled ones, where it is None)."""
    from spark_jobs.contracts.load import load_contracts

    return Masks(
        frozenset(
            (contract.shape, str(dataset), column.name)
            for contract in load_contracts(contracts)
            for dataset, rules in contract.datasets.items()
            for column in rules.columns
            if column.personal
        )
    )

"""Values that a contract calls personal are not shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spark_jobs.rules.reasons import Masks


def masks_of(contracts: Path | None) -> Masks:
    """The masks that the contracts of a folder ask for (of the bundled ones, where it is None)."""
    from spark_jobs.contracts.load import load_contracts
    from spark_jobs.rules.reasons import Masks

    return Masks.of(load_contracts(contracts))

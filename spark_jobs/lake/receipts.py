"""The receipt of the transform: what became of every staged row, file by file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.words import Dataset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_STAGED = "staged"
_COLUMN_OF_FATE = {
    _STAGED: _STAGED,
    "new": "stored",
    "changed": "stored",
    "same_record": "stored",
    "identical": "identical",
    "superseded": "superseded",
}


@dataclass(frozen=True)
class Receipt:
    """Counts of one file: `staged = stored + superseded + identical`."""

    staged: int = 0
    stored: int = 0
    superseded: int = 0
    identical: int = 0

    @property
    def holds(self) -> bool:
        """Whether the sum is right."""
        return self.staged == self.stored + self.superseded + self.identical


def add_up(
    dataset: Dataset, staged: DataFrame, fates: DataFrame
) -> tuple[dict[str, Receipt], dict[str, int]]:
    """The receipts by sha256, and the number of rows by fate.

    Args:
        dataset: For the message.
        staged: The rows as validate left them, counted on their own: a join that went wrong on
            the way to `fates` shows as a difference.
        fates: Each of them with `file_sha256` and `fate`.

    Raises:
        FatalError: A file's sum is wrong.
    """
    counted: dict[str, Counter[str]] = {}
    by_fate: Counter[str] = Counter()
    received = staged.select("file_sha256", F.lit(_STAGED).alias("fate"))
    both = received.unionAll(fates.select("file_sha256", "fate"))
    groups = both.groupBy("file_sha256", "fate").agg(F.count("*").alias("rows"))
    for row in groups.collect():
        files = counted.setdefault(row["file_sha256"], Counter())
        files[_COLUMN_OF_FATE[row["fate"]]] += row["rows"]
        by_fate[row["fate"]] += row["rows"]
    receipts = {sha256: _receipt(counts) for sha256, counts in counted.items()}
    for sha256, receipt in receipts.items():
        if not receipt.holds:
            raise FatalError(
                f"the receipt does not add up: {receipt}",
                where=f"{dataset}, file {sha256}",
                cure="nothing was changed; keep the batch and report this",
            )
    return receipts, dict(by_fate)


def _receipt(counts: Counter[str]) -> Receipt:
    return Receipt(counts[_STAGED], counts["stored"], counts["superseded"], counts["identical"])

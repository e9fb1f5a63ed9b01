"""What a run tells: verdict, both sums of every file, what changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.lake.receipts import Receipt
from spark_jobs.publish.changes import CategoryChange, DayChange
from spark_jobs.rules.verdict import BatchVerdict, FileVerdict


@dataclass(frozen=True)
class TransformReport:
    """What a transform did.

    Args:
        receipts: By (dataset, sha256 of the file).
        changes: By day, in order.
        categories: By category, in order.
        held: Items in the lake whose order is not known.
        held_overdue: Those that wait longer than they should.
        unknown_products: Products that items name and the lake does not know.
    """

    batch_id: str
    sequence: int
    version: int
    receipts: Mapping[tuple[Dataset, str], Receipt]
    changes: tuple[DayChange, ...]
    held: int
    held_overdue: int
    unknown_products: int
    durations: dict[str, float] = field(default_factory=dict)
    categories: tuple[CategoryChange, ...] = ()

    def receipt(self, dataset: str, sha256: str) -> Receipt:
        """What became of a file's staged rows; zeros for a file of which nothing was staged."""
        if dataset not in set(Dataset):
            return Receipt()
        return self.receipts.get((Dataset(dataset), sha256), Receipt())


@dataclass(frozen=True)
class RunReport:
    """One `orders run`: None for the verdict where there was nothing new.

    Args:
        skipped: Contents that were received before.
        ignored: Names of files that belong to no dataset, with the reason.
        resumed: Batches of dead runs that were finished first.
    """

    verdict: Verdict | None
    batch: BatchVerdict | None = None
    transform: TransformReport | None = None
    skipped: tuple[FileVerdict, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    resumed: tuple["RunReport", ...] = ()
    durations: dict[str, float] = field(default_factory=dict)

    @property
    def batch_id(self) -> str | None:
        """The batch, None where there was nothing new."""
        return self.batch.batch_id if self.batch else None

    @property
    def files(self) -> tuple[FileVerdict, ...]:
        """The verdict on every file of the batch."""
        return self.batch.files if self.batch else ()

    def receipt(self, file: FileVerdict) -> Receipt:
        """What became of a file's staged rows."""
        if self.transform is None:
            return Receipt()
        return self.transform.receipt(file.dataset, file.sha256)

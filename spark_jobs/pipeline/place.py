"""Where the lake of a transform is, and what is kept beside its tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from spark_jobs.kpis.registry import MART_TABLES
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.settings import LakeSettings
from spark_jobs.pipeline.documents import StagedFolder, keep_verdict, verdict_folder
from spark_jobs.publish.changes import KpiChanges, changes_document, changes_of, together
from spark_jobs.session import Engine
from spark_jobs.storage.folder import read_json, write_json

CHANGES = "changes.json"
"""What a batch changed in the KPIs of a lake, beside its verdict there: of lake and batch, not of
the staged rows, which may go into another lake as well."""


class LakePlace(Protocol):
    """A lake that a transform writes to."""

    def open(self, time_zone: str, version: int) -> Lake:
        """The lake, its tables created.

        Args:
            time_zone: IANA zone of its days.
            version: The fence that this attempt has drawn.
        """

    def keep(self, staged: StagedFolder, batch_id: str) -> None:
        """Keeps a batch's verdict and referee's results; harmless when repeated."""

    def announced(self, batch_id: str) -> KpiChanges:
        """What earlier attempts of a batch, dead before its end, were about to change."""

    def announce(self, batch_id: str, changes: KpiChanges) -> None:
        """Adds to what is kept of a batch's changes; harmless when repeated."""


@dataclass(frozen=True)
class LakeFolder:
    """A lake in a folder, whose lock is held.

    Args:
        engine: Bound to its tables.
        folder: With the tables in `warehouse/`.
    """

    engine: Engine
    folder: Path

    def open(self, time_zone: str, version: int) -> Lake:
        """The lake, its tables created."""
        del version  # nobody else can write: the folder is locked
        return Lake.open(self.engine, time_zone, MART_TABLES)

    def keep(self, staged: StagedFolder, batch_id: str) -> None:
        """Copies a batch's verdict and referee's results to `verdicts/`."""
        keep_verdict(staged, verdict_folder(self.folder, batch_id))

    def announced(self, batch_id: str) -> KpiChanges:
        """What earlier attempts have left under `verdicts/`, unless one came to its end."""
        ended = StagedFolder(verdict_folder(self.folder, batch_id)).verdict.exists()
        return KpiChanges() if ended else self._kept(batch_id)

    def announce(self, batch_id: str, changes: KpiChanges) -> None:
        """Adds them to `changes.json` there."""
        whole = together(self._kept(batch_id), changes)
        path = verdict_folder(self.folder, batch_id) / CHANGES
        write_json(path, changes_document(batch_id, whole))

    def _kept(self, batch_id: str) -> KpiChanges:
        path = verdict_folder(self.folder, batch_id) / CHANGES
        return (changes_of(read_json(path)) if path.exists() else None) or KpiChanges()


def lake_zone(lake: Path, time_zone: str | None) -> str:
    """The IANA zone of the days of a lake in a folder, fixed with its first use."""
    (lake / "warehouse").mkdir(parents=True, exist_ok=True)
    return LakeSettings.adopt(lake / "warehouse", time_zone).time_zone

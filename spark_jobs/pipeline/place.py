"""Where the lake of a transform is, and what is kept beside its tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from spark_jobs.kpis.registry import MART_TABLES
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.settings import LakeSettings
from spark_jobs.pipeline.documents import (
    StagedFolder,
    keep_verdict,
    read_changes,
    verdict_folder,
)
from spark_jobs.publish.changes import KpiChanges
from spark_jobs.session import Engine


class LakePlace(Protocol):
    """A lake that a transform writes to."""

    def open(self, time_zone: str, version: int) -> Lake:
        """The lake, its tables created.

        Args:
            time_zone: IANA zone of its days.
            version: The fence that this attempt has drawn.
        """

    def keep(self, staged: StagedFolder, batch_id: str) -> None:
        """Keeps a batch's verdict, changes and referee's results; harmless when repeated."""

    def announced(self, staged: StagedFolder, batch_id: str) -> KpiChanges:
        """What earlier attempts of a batch were about to change."""

    def announce(self, staged: StagedFolder, batch_id: str) -> None:
        """Keeps `changes.json` of the staged folder for later attempts."""


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
        """Copies a batch's verdict, changes and referee's results to `verdicts/`."""
        keep_verdict(staged, verdict_folder(self.folder, batch_id))

    def announced(self, staged: StagedFolder, batch_id: str) -> KpiChanges:
        """What earlier attempts have left in the staged folder, unless one came to its end."""
        ended = verdict_folder(self.folder, batch_id).exists()
        return KpiChanges() if ended else read_changes(staged)

    def announce(self, staged: StagedFolder, batch_id: str) -> None:
        """Nothing: the staged folder stays until the batch is done."""


def lake_zone(lake: Path, time_zone: str | None) -> str:
    """The IANA zone of the days of a lake in a folder, fixed with its first use."""
    (lake / "warehouse").mkdir(parents=True, exist_ok=True)
    return LakeSettings.adopt(lake / "warehouse", time_zone).time_zone

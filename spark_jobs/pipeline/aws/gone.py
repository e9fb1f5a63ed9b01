"""Versions of a manifest that somebody removed from landing before they were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spark_jobs.batch.contents import Contents
from spark_jobs.batch.files import file_key
from spark_jobs.batch.received import Registration
from spark_jobs.batch.table import StateTable
from spark_jobs.facts.violations import CURES, FileCode, Violation
from spark_jobs.facts.words import Dataset
from spark_jobs.pipeline.aws.received import ReceivedFiles
from spark_jobs.pipeline.validate import Preflighted
from spark_jobs.preflight.model import FileReport, SourceFile
from spark_jobs.rules.verdict import BatchVerdict

_CODE = FileCode.VERSION_GONE
_WHY = Violation(_CODE, f"the object's version was removed before it was read; {CURES[_CODE]}")


def gone_files(files: ReceivedFiles) -> tuple[Preflighted, ...]:
    """The missing versions as files of no record that are rejected.

    In place of a checksum they have the digest that names the version: nobody saw the content.
    """
    first = len(files.found)
    return tuple(_refused(files, name, index) for index, name in enumerate(files.gone, first))


class SeenContents(Contents):
    """The received contents; what stands in a verdict for versions that are gone is none."""

    def __init__(self, table: StateTable, execution: str, batch: BatchVerdict) -> None:
        super().__init__(table, execution)
        self._unseen = {
            file.sha256
            for file in batch.files
            if any(problem.code == _CODE for problem in file.problems)
        }

    def register(self, batch_id: str, files: Sequence[Registration]) -> int:
        """Notes the contents that were read."""
        seen = [file for file in files if file.sha256 not in self._unseen]
        return super().register(batch_id, seen)


def _refused(files: ReceivedFiles, name: str, index: int) -> Preflighted:
    version = files.versions[name]
    named = file_key(version.bucket, version.key, version.version_id).sk
    dataset = Dataset(version.dataset) if version.dataset else None
    report = FileReport(index, name, named, version.size, dataset, problems=(_WHY,))
    source = SourceFile(Path(), name, dataset, named)
    return Preflighted(source, report, files.received_at[name])

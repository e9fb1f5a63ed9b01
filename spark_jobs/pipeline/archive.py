"""The archive of a local run: processed and invalid files, each by content."""

from collections.abc import Sequence
from pathlib import Path

from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline.intake import Intake
from spark_jobs.preflight import hash_files
from spark_jobs.rules.verdict import FileVerdict
from spark_jobs.storage.folder import archive_file, remove_empty_folders


def archive_files(
    landing: Path, archive: Path, intake: Intake, files: Sequence[FileVerdict]
) -> None:
    """Moves the judged files to `processed/` or `invalid/`, made of content and name.

    What was rejected before is invalid: it may be the very file, left here by a run that died or
    had no archive. A file that was overwritten meanwhile stays: it is another content, for the
    next batch.
    """
    for file in files:
        source = intake.paths[file.name]
        if not source.exists() or hash_files([source]) != [file.sha256]:
            continue
        invalid = file.verdict is Verdict.REJECTED or file.rejected_before
        place = archive / ("invalid" if invalid else "processed")
        archive_file(source, place / file.sha256[:12] / file.name)
        remove_empty_folders(source.parent, landing)

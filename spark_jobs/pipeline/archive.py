"""The archive of a local run: processed and invalid files, each by content."""

from collections.abc import Mapping
from pathlib import Path

from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline.intake import Intake
from spark_jobs.preflight import hash_files
from spark_jobs.storage.folder import archive_file, remove_empty_folders


def archive_files(
    landing: Path, archive: Path, intake: Intake, verdicts: Mapping[str, Verdict]
) -> None:
    """Moves the judged files to `processed/` or `invalid/`, made of content and name.

    A file that was overwritten meanwhile stays: it is another content, for the next batch.
    """
    shas = {file.report.name: file.report.sha256 for file in intake.files}
    shas |= {file.name: file.sha256 for file in intake.skipped}
    for name, sha256 in shas.items():
        source = intake.paths[name]
        if not source.exists() or hash_files([source]) != [sha256]:
            continue
        place = "invalid" if _is_invalid(name, intake, verdicts) else "processed"
        archive_file(source, archive / place / sha256[:12] / name)
        remove_empty_folders(source.parent, landing)


def _is_invalid(name: str, intake: Intake, verdicts: Mapping[str, Verdict]) -> bool:
    if verdicts.get(name) is Verdict.REJECTED:
        return True
    skipped = next((file for file in intake.skipped if file.name == name), None)
    return skipped is not None and any("rejected in batch" in p.message for p in skipped.problems)

"""Manifest and verdict as JSON documents: what passes between validate and transform."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.violations import Violation
from spark_jobs.facts.words import Verdict
from spark_jobs.rules.count import Finding
from spark_jobs.rules.verdict import BatchVerdict, FileVerdict, counts_by_rule
from spark_jobs.storage.folder import read_json, write_json

VERDICT_VERSION = 1
"""Version of `verdict.schema.json`; a change that a reader must know of makes a new one."""
TOTALS = ("records", "staged", "quarantined", "in_rejected_file")


@dataclass(frozen=True)
class StagedFolder:
    """The folder of one staged batch."""

    root: Path

    @property
    def verdict(self) -> Path:
        """The verdict, written last."""
        return self.root / "verdict.json"

    @property
    def preflight(self) -> Path:
        """The preflight's Parquet, removed once the verdict is written."""
        return self.root / "preflight"

    @property
    def split(self) -> Path:
        """The split rows by dataset and shape, good and bad apart."""
        return self.root / "split"

    @property
    def quarantine(self) -> Path:
        """The quarantined records."""
        return self.root / "quarantine.parquet"

    @property
    def referee(self) -> Path:
        """What the referee found."""
        return self.root / "referee"


def write_verdict(folder: StagedFolder, verdict: BatchVerdict) -> None:
    """Writes the verdict: from here on the batch is judged."""
    write_json(folder.verdict, verdict_document(verdict))


def verdict_folder(lake: Path, batch_id: str) -> Path:
    """Where a lake keeps a batch's verdict and the referee's results for good."""
    return lake / "verdicts" / batch_id


def kept_documents(staged: StagedFolder) -> Iterator[Path]:
    """What is kept of a staged batch for good: the referee's results, its verdict."""
    yield from sorted(staged.referee.rglob("*.json"))
    yield staged.verdict


def keep_verdict(staged: StagedFolder, target: Path) -> None:
    """Copies what is kept of a batch out of the staged folder; harmless when repeated."""
    for source in kept_documents(staged):
        copy = target / source.relative_to(staged.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def verdict_document(verdict: BatchVerdict) -> dict[str, Any]:
    """The verdict as the document that `verdict.schema.json` describes."""
    return {
        "schema_version": VERDICT_VERSION,
        "batch_id": verdict.batch_id,
        "verdict": verdict.verdict,
        "created_at": _text(verdict.created_at),
        "contracts": verdict.contracts,
        "time_zone": verdict.time_zone,
        "engine": verdict.engine,
        "totals": {
            "files": len(verdict.files),
            **{name: verdict.total(name) for name in TOTALS},
        },
        "counts_by_rule": counts_by_rule(verdict.files),
        "references": verdict.references,
        "referee": verdict.referee,
        "staged": verdict.staged,
        "quarantine": verdict.quarantine,
        "durations": verdict.durations,
        "files": [_file_document(file) for file in verdict.files],
    }


def read_verdict(folder: StagedFolder) -> BatchVerdict:
    """The verdict of a staged batch.

    Raises:
        UsageError: There is none, or one of another version.
    """
    if not folder.verdict.is_file():
        raise UsageError(
            "no verdict.json here: the folder holds no validated batch",
            where=str(folder.root),
            cure="run `orders validate LANDING --staged DIR` first",
        )
    return verdict_of(read_json(folder.verdict), str(folder.verdict))


def verdict_of(document: Mapping[str, Any], where: str) -> BatchVerdict:
    """The verdict that a document tells; what only an archive needs is left out.

    Raises:
        UsageError: It is one of another version.
    """
    if document["schema_version"] != VERDICT_VERSION:
        raise UsageError(
            f"the verdict has version {document['schema_version']}, this is {VERDICT_VERSION}",
            where=where,
            cure="validate the files again with this version",
        )
    return BatchVerdict(
        batch_id=document["batch_id"],
        verdict=Verdict(document["verdict"]),
        files=tuple(_file(entry) for entry in document["files"]),
        contracts=document["contracts"],
        time_zone=document["time_zone"],
        engine=document["engine"],
        created_at=datetime.fromisoformat(document["created_at"]),
        staged=document["staged"],
        quarantine=document["quarantine"],
        references=document["references"],
        referee=document["referee"],
        durations=document["durations"],
    )


def _file_document(file: FileVerdict) -> dict[str, Any]:
    document = asdict(file)
    document["received_at"] = _text(file.received_at)
    return document


def _file(entry: Mapping[str, Any]) -> FileVerdict:
    return FileVerdict(
        **{
            **{field.name: entry[field.name] for field in fields(FileVerdict)},
            "received_at": datetime.fromisoformat(entry["received_at"]),
            "verdict": Verdict(entry["verdict"]),
            "problems": tuple(Violation(**problem) for problem in entry["problems"]),
            "violations": tuple(Finding(**finding) for finding in entry["violations"]),
            "warnings": tuple(Finding(**finding) for finding in entry["warnings"]),
        }
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

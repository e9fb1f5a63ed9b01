"""The intake: which files of a landing folder are new, preflighted and registered."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spark_jobs.batch.received import KnownFile, Received, Registration
from spark_jobs.contracts.model import Contract
from spark_jobs.facts.effects import Effect, performing
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.violations import CURES, FileCode, SkipCode
from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline.discover import Found
from spark_jobs.pipeline.validate import Preflighted
from spark_jobs.preflight import hash_files, preflight
from spark_jobs.preflight.model import FileReport, Limits, SourceFile
from spark_jobs.rules.referee import preload
from spark_jobs.rules.verdict import FileVerdict, skipped_file

ReceivedAt = datetime | Mapping[str, datetime]
"""The time at which files were received: one for all, or by name, that of every new file."""


@dataclass(frozen=True)
class Intake:
    """What is new in a landing folder.

    Args:
        files: Preflighted, with the `received_at` of their first registration.
        skipped: Contents that were received before, or that occur twice here.
        ignored: Files that belong to no dataset.
        paths: Where each file lies, by its name.
        manifest_id: The batch's id where a manifest gave it.
    """

    files: tuple[Preflighted, ...]
    skipped: tuple[FileVerdict, ...]
    ignored: tuple[FileReport, ...]
    paths: dict[str, Path]
    manifest_id: str | None = None

    @property
    def batch_id(self) -> str:
        """The manifest's, else time and content: the same files at the same time, the same id."""
        if self.manifest_id:
            return self.manifest_id
        contents = sorted((f.report.dataset or "", f.report.sha256) for f in self.files)
        first = min(file.received_at for file in self.files)
        digest = hashlib.sha256(repr((contents, first.isoformat())).encode()).hexdigest()
        return f"{first.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}"


def take_in(
    found: Sequence[Found],
    registry: Received | None,
    contracts: Sequence[Contract],
    judged_by: str | None,
    received_at: ReceivedAt | None,
    work: Path,
    limits: Limits,
    on_progress: Callable[[int], None] | None = None,
    manifest_id: str | None = None,
) -> Intake:
    """Hashes, recognises and reads the files that are new.

    Nothing outside `work` changes. A content counts as received once its batch has finished; one
    that was rejected under other contracts is judged anew.

    Args:
        judged_by: Fingerprint of the contracts; None: what was rejected is judged anew.
        manifest_id: The batch whose manifest names all files: what an earlier run of it received
            is judged again, and nothing is ignored, for every file must leave landing.
    """
    hashes = hash_files([file.path for file in found])
    known = registry.known(hashes) if registry else {}
    of_others = _without_batch(known, manifest_id)
    new, skipped = _told_apart(found, hashes, of_others, judged_by)
    if new:
        preload()  # beside the preflight, which leaves the interpreter free most of the time
    reports = preflight(new, contracts, work, limits, on_progress=on_progress)
    now = datetime.now(UTC)
    files = [
        Preflighted(source, report, _received(report, known, received_at) or now)
        for source, report in zip(new, reports, strict=True)
        if manifest_id or not report.ignored
    ]
    first, again = _first_of_each(files)
    return Intake(
        tuple(first),
        (*skipped, *again),
        tuple(report for report in reports if report.ignored and not manifest_id),
        {file.name: file.path for file in found},
        manifest_id,
    )


def _without_batch(
    known: Mapping[str, Sequence[KnownFile]], batch_id: str | None
) -> dict[str, list[KnownFile]]:
    return {
        sha256: [content for content in contents if content.batch_id != batch_id]
        for sha256, contents in known.items()
    }


def _told_apart(
    found: Sequence[Found],
    hashes: Sequence[str],
    known: Mapping[str, Sequence[KnownFile]],
    judged_by: str | None,
) -> tuple[list[SourceFile], list[FileVerdict]]:
    """The files whose content is to be judged, and verdicts on those that were received before."""
    new: list[SourceFile] = []
    skipped: list[FileVerdict] = []
    for file, sha256 in zip(found, hashes, strict=True):
        done = _done(known.get(sha256, []), file, judged_by)
        if done:
            skipped.append(_skip(file.name, sha256, file.path.stat().st_size, done))
        else:
            new.append(SourceFile(file.path, file.name, file.hint, sha256))
    return new, skipped


def _received(
    report: FileReport, known: Mapping[str, Sequence[KnownFile]], given: ReceivedAt | None
) -> datetime | None:
    """When the content was first registered, else what was given."""
    first = _first_received(known.get(report.sha256, []), report)
    return first or _given(given, report.name)


def _first_of_each(
    files: Sequence[Preflighted],
) -> tuple[list[Preflighted], list[FileVerdict]]:
    """One file for each content, that which was received first, and verdicts on the others."""
    first: dict[tuple[str, str], Preflighted] = {}
    again: list[FileVerdict] = []
    for file in sorted(files, key=lambda file: (file.received_at, file.report.index)):
        report = file.report
        content = (report.dataset or "", report.sha256)
        if content in first:
            why = f"the same content as {first[content].report.name}"
            again.append(
                skipped_file(
                    report.name, report.sha256, report.size_bytes, file.received_at, content[0], why
                )
            )
        else:
            first[content] = file
    return sorted(first.values(), key=lambda file: file.report.index), again


def register(registry: Received, intake: Intake) -> int:
    """Notes the batch and its contents before any effect; returns its sequence number."""
    with performing(Effect.REGISTER_FILES):
        return registry.register(
            intake.batch_id,
            [
                Registration(
                    file.report.dataset or "",
                    file.report.sha256,
                    file.report.name,
                    file.received_at,
                )
                for file in intake.files
            ],
        )


def _done(known: Sequence[KnownFile], file: Found, judged_by: str | None) -> KnownFile | None:
    for content in known:
        same_dataset = file.hint is None or content.dataset in ("", file.hint)
        final = content.verdict in (Verdict.ACCEPTED, Verdict.PARTIAL)
        judged = (
            content.verdict == Verdict.REJECTED
            and content.contracts == judged_by
            and content.reason != FileCode.BATCH_REJECTED  # it has not been found bad itself
        )
        if same_dataset and (final or judged):
            return content
    return None


def _skip(name: str, sha256: str, size: int, known: KnownFile) -> FileVerdict:
    code = SkipCode.RECEIVED_BEFORE
    why = f"received before as {known.name}, {known.verdict} in batch {known.batch_id}"
    if known.verdict == Verdict.REJECTED:
        code = SkipCode.REJECTED_BEFORE
        cure = CURES.get(known.reason or "", "correct it and send it again")
        said = f" ({known.reason})" if known.reason else ""
        why = f"rejected before as {known.name} in batch {known.batch_id}{said}"
        why += f", and unchanged: {cure}"
    return skipped_file(name, sha256, size, known.received_at, known.dataset, why, code)


def _first_received(known: Sequence[KnownFile], report: FileReport) -> datetime | None:
    dataset = report.dataset or ""
    times = [content.received_at for content in known if content.dataset == dataset]
    return min(times, default=None)


def _given(received_at: ReceivedAt | None, name: str) -> datetime | None:
    if not isinstance(received_at, Mapping):
        return received_at
    if name not in received_at:
        raise UsageError(
            "no time is given for it, and the clock's would stay for good",
            where=name,
            cure="add its path, relative to the landing folder, to the list of times",
        )
    return received_at[name]

"""The validate job: received files in, accepted rows, quarantine and verdict out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.contracts.model import Contract
from spark_jobs.facts.effects import Effect, performing
from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.pipeline.documents import StagedFolder, write_verdict
from spark_jobs.pipeline.staged import read_rows, without_contents
from spark_jobs.pipeline.stages import Stages
from spark_jobs.preflight import raw_records
from spark_jobs.preflight.model import FileReport, SourceFile
from spark_jobs.rules.count import Finding, findings_by_file, records_by_file
from spark_jobs.rules.quarantine import (
    malformed_findings,
    read_bad_rows,
    read_malformed,
    write_quarantine,
)
from spark_jobs.rules.split import ReceivedFile, received_files, split_by_key
from spark_jobs.rules.verdict import (
    BatchVerdict,
    Counts,
    FileVerdict,
    check_quarantine,
    judge_batch,
    judge_file,
    reject_all,
    with_fate_of_first,
)
from spark_jobs.session import Engine

GOOD, BAD = "_ok=true", "_ok=false"
Group = tuple[str, Dataset]
"""A source shape and a dataset: the files that are split together."""


@dataclass(frozen=True)
class Preflighted:
    """A file after preflight, with the time that counts for it."""

    source: SourceFile
    report: FileReport
    received_at: datetime


@dataclass
class ValidateJob:
    """One validation.

    Args:
        folder: Where the staged batch goes.
        fingerprint: Of the contracts.
        lake_zone: IANA zone in which days are counted.
        all_or_nothing: One rejected file rejects the batch; gives up convergence.
    """

    engine: Engine
    contracts: Sequence[Contract]
    fingerprint: str
    lake_zone: str
    folder: StagedFolder
    batch_id: str
    stages: Stages = field(default_factory=Stages)
    all_or_nothing: bool = False
    generated_keys: bool = field(default=False, init=False)

    def run(
        self,
        files: Sequence[Preflighted],
        skipped: Sequence[FileVerdict],
        check: Callable[["ValidateJob", dict[Group, DataFrame]], dict[str, dict[str, Any]]],
    ) -> BatchVerdict:
        """Judges the files and leaves the staged batch behind; the verdict comes last.

        Args:
            files: The batch's files, preflighted.
            skipped: Verdicts on contents that were received before.
            check: Referee and references over the accepted rows: `referee` and `references`.
        """
        usable = [file for file in files if file.report.usable]
        self.generated_keys = any(file.report.generated_key for file in usable)
        with self.stages.stage("split"), performing(Effect.WRITE_SPLIT):
            groups = self._split(usable)
        with self.stages.stage("count"):
            counts = self._count(groups)
        verdicts = self._judge(files, counts)
        skipped = with_fate_of_first(skipped, verdicts)
        with self.stages.stage("quarantine"), performing(Effect.WRITE_QUARANTINE):
            quarantined = self._quarantine(files, verdicts, groups)
            check_quarantine(quarantined, verdicts)
        staged = self._staged_paths(groups)
        checked = check(self, self._accepted(groups, verdicts))
        verdict = BatchVerdict(
            batch_id=self.batch_id,
            verdict=judge_batch([*verdicts, *skipped]),
            files=(*verdicts, *skipped),
            contracts=self.fingerprint,
            time_zone=self.lake_zone,
            engine=self.engine.name,
            created_at=datetime.now(UTC),
            staged=staged,
            quarantine=[self.folder.quarantine.name] if quarantined else [],
            references=checked["references"],
            referee=checked["referee"],
            durations=dict(self.stages.durations),
        )
        with performing(Effect.WRITE_VERDICT):
            write_verdict(self.folder, verdict)
        return verdict

    def _judge(
        self, files: Sequence[Preflighted], counts: Mapping[int, Counts]
    ) -> list[FileVerdict]:
        verdicts = [
            judge_file(
                file.report,
                file.received_at,
                self._with_malformed(file.report, counts),
                self._tolerated(file.report),
            )
            for file in files
        ]
        return reject_all(verdicts) if self.all_or_nothing else verdicts

    def contract(self, shape: str) -> Contract:
        """The contract of a shape that preflight recognised."""
        return next(contract for contract in self.contracts if contract.shape == shape)

    def _accepted(
        self, groups: Iterable[Group], files: Sequence[FileVerdict]
    ) -> dict[Group, DataFrame]:
        """The accepted rows of each group that has any."""
        found = {}
        for shape, dataset in groups:
            own = [f for f in files if (f.shape, f.dataset) == (shape, dataset)]
            if any(file.staged for file in own):
                folder = self._split_folder((shape, dataset)) / GOOD
                rejected = {f.sha256 for f in own if f.verdict is Verdict.REJECTED}
                found[shape, dataset] = without_contents(read_rows(self.engine, [folder]), rejected)
        return found

    def _split(self, usable: Sequence[Preflighted]) -> dict[Group, list[ReceivedFile]]:
        groups: dict[Group, list[ReceivedFile]] = {}
        for file in usable:
            report = file.report
            if report.shape is None or report.dataset is None or report.records == report.malformed:
                continue
            one = ReceivedFile(report.index, report.sha256, file.received_at, report.generated_key)
            groups.setdefault((report.shape, report.dataset), []).append(one)
        for (shape, dataset), members in groups.items():
            raw = self.engine.spark.read.parquet(str(self.folder.preflight / shape / dataset))
            rows = split_by_key(
                raw,
                received_files(self.engine.spark, members),
                members,
                self.contract(shape),
                dataset,
                lake_zone=self.lake_zone,
            )
            rows.selectExpr("*", "violations is null as _ok").write.partitionBy("_ok").option(
                "compression", "snappy"
            ).mode("overwrite").parquet(str(self._split_folder((shape, dataset))))
        return groups

    def _count(self, groups: dict[Group, list[ReceivedFile]]) -> dict[int, Counts]:
        good: dict[int, int] = {}
        bad: dict[int, int] = {}
        violations: dict[int, tuple[Finding, ...]] = {}
        warnings: dict[int, tuple[Finding, ...]] = {}
        for group in groups:
            folder = self._split_folder(group)
            for part, counted in ((GOOD, good), (BAD, bad)):
                if not (folder / part).is_dir():
                    continue
                rows = self.engine.spark.read.parquet(str(folder / part))
                counted.update(records_by_file(rows))
                if part == BAD:
                    violations |= findings_by_file(rows, "violations")
                else:
                    warnings |= findings_by_file(rows, "warnings")
        return {
            index: Counts(
                good.get(index, 0),
                bad.get(index, 0),
                violations.get(index, ()),
                warnings.get(index, ()),
            )
            for index in good.keys() | bad.keys()
        }

    def _with_malformed(self, report: FileReport, counts: Mapping[int, Counts]) -> Counts:
        found = malformed_findings(self.folder.preflight, report.index)
        return replace(counts.get(report.index, Counts()), malformed=found)

    def _quarantine(
        self,
        files: Sequence[Preflighted],
        verdicts: Sequence[FileVerdict],
        groups: dict[Group, list[ReceivedFile]],
    ) -> int:
        sources = {f.report.index: f.source for f in files}
        partial = [
            file.report
            for file, verdict in zip(files, verdicts, strict=True)
            if verdict.verdict is Verdict.PARTIAL
        ]
        if not partial:
            return 0
        bad = {group: [self._split_folder(group) / BAD] for group in groups}
        return write_quarantine(
            self.folder.quarantine,
            self.batch_id,
            partial,
            lambda report: read_bad_rows(_folders(bad, report), report.index),
            lambda report: read_malformed(self.folder.preflight, report.index),
            lambda report, wanted: raw_records(sources[report.index], report, wanted),
            datetime.now(UTC),
        )

    def _staged_paths(self, groups: dict[Group, list[ReceivedFile]]) -> dict[str, list[str]]:
        staged: dict[str, list[str]] = {}
        for group in groups:
            folder = self._split_folder(group) / GOOD
            if folder.is_dir():
                name = folder.relative_to(self.folder.root).as_posix()
                staged.setdefault(str(group[1]), []).append(name)
        return staged

    def _split_folder(self, group: Group) -> Path:
        shape, dataset = group
        return self.folder.split / dataset / shape

    def _tolerated(self, report: FileReport) -> Decimal:
        if report.shape is None or report.dataset is None:
            return Decimal(0)
        return self.contract(report.shape).datasets[report.dataset].bad_records_percent


def _folders(bad: dict[Group, list[Path]], report: FileReport) -> list[Path]:
    if report.shape is None or report.dataset is None:
        return []
    return bad.get((report.shape, report.dataset), [])

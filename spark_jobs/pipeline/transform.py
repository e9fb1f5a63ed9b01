"""The transform job: a staged batch in, lake tables and published KPIs out.

The order of the steps is what makes a kill at any instruction harmless: plan (no effect), outbox
(intent), merges (each repeatable), recompute of all open months from the tables, reconciliation,
publication, closing of what was published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from spark_jobs.batch.registry import Judgement, Registration, Registry
from spark_jobs.facts.effects import Effect, performing
from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.kpis.registry import MART_TABLES
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.held import held_items, unknown_products
from spark_jobs.lake.history import (
    record_arrivals,
    record_batch,
    record_files,
    record_quarantine,
)
from spark_jobs.lake.merge import merge_batch
from spark_jobs.lake.outbox import open_days
from spark_jobs.lake.plan import Plan, plan_batch
from spark_jobs.lake.receipts import Receipt
from spark_jobs.lake.settings import LakeSettings
from spark_jobs.lake.staged import StagedBatch, StagedFile
from spark_jobs.pipeline.documents import StagedFolder, keep_verdict, verdict_folder
from spark_jobs.pipeline.history_rows import batch_row, file_row
from spark_jobs.pipeline.publishing import Stamp, publish_open_days
from spark_jobs.pipeline.report import TransformReport
from spark_jobs.pipeline.staged import accepted_frames
from spark_jobs.pipeline.stages import Stages
from spark_jobs.publish.publisher import Publisher
from spark_jobs.rules.verdict import BatchVerdict, FileVerdict
from spark_jobs.session import Engine
from spark_jobs.storage.folder import remove_tree


@dataclass
class TransformJob:
    """One transform of a staged batch into a lake.

    Args:
        keep_staged: Whether the staged folder stays, for it is the caller's.
        held_after_days: Items that wait longer for their order are told apart.
        publishers: Places for KPIs besides the lake.
    """

    engine: Engine
    lake: Path
    registry: Registry
    folder: StagedFolder
    stages: Stages = field(default_factory=Stages)
    keep_staged: bool = False
    held_after_days: int = 7
    publishers: Sequence[Publisher] = ()

    @staticmethod
    def lake_zone(lake: Path, time_zone: str | None) -> str:
        """The IANA zone of a lake's days, fixed with its first use."""
        (lake / "warehouse").mkdir(parents=True, exist_ok=True)
        return LakeSettings.adopt(lake / "warehouse", time_zone).time_zone

    def run(self, batch: BatchVerdict) -> TransformReport:
        """Brings the batch into the lake; a batch that is done already changes nothing.

        Raises:
            FatalError: The numbers cannot be trusted; nothing was published.
        """
        sequence = self._adopt(batch)
        elsewhere = self._received_elsewhere(batch)
        with performing(Effect.DRAW_FENCE):
            stamp = Stamp(batch.batch_id, self.registry.draw_fence(), datetime.now(UTC))
        with self.stages.stage("tables"), performing(Effect.CREATE_TABLES):
            lake = Lake.open(self.engine, batch.time_zone, MART_TABLES)
        with lake:
            staged = self._staged(batch, elsewhere)
            plan = self._merge(lake, staged, stamp)
            changed = publish_open_days(lake, plan.receipts, stamp, self.stages, self.publishers)
            held, overdue, unknown = self._count_waiting(lake, stamp)
            report = TransformReport(
                batch.batch_id,
                sequence,
                stamp.version,
                {**plan.receipts, **_received(batch, elsewhere)},
                tuple(changed),
                held,
                overdue,
                unknown,
                self.stages.durations,
            )
            with self.stages.stage("history"):
                judged = [f for f in _judged(batch) if (f.dataset, f.sha256) not in elsewhere]
                record_files(lake, [file_row(file, batch, report) for file in judged])
                self._write_history(lake, batch, staged, report, stamp.now)
        self._close(batch)
        return report

    def _adopt(self, batch: BatchVerdict) -> int:
        """Registers the batch where validate ran without this lake; harmless otherwise."""
        return self.registry.register(
            batch.batch_id,
            [Registration(f.dataset, f.sha256, f.name, f.received_at) for f in _judged(batch)],
        )

    def _received_elsewhere(self, batch: BatchVerdict) -> frozenset[tuple[str, str]]:
        """Contents that another batch has brought since this one was validated."""
        known = self.registry.known([file.sha256 for file in batch.files])
        return frozenset(
            (content.dataset, sha256)
            for sha256, contents in known.items()
            for content in contents
            if content.batch_id != batch.batch_id
            and content.verdict in (Verdict.ACCEPTED, Verdict.PARTIAL)
        )

    def _merge(self, lake: Lake, staged: StagedBatch, stamp: Stamp) -> Plan:
        with self.stages.stage("plan"):
            plan = plan_batch(lake, staged)
        with self.stages.stage("outbox"):
            open_days(lake, staged.batch_id, plan.days, stamp.now)
        with self.stages.stage("merge"):
            merge_batch(lake, plan)
        return plan

    def _staged(self, batch: BatchVerdict, elsewhere: frozenset[tuple[str, str]]) -> StagedBatch:
        accepted = [
            file
            for file in batch.files
            if file.verdict in (Verdict.ACCEPTED, Verdict.PARTIAL)
            and (file.dataset, file.sha256) not in elsewhere
        ]
        frames = accepted_frames(
            self.engine, self.folder, batch.staged, batch.files, without=elsewhere
        )
        files = [StagedFile(f.sha256, Dataset(f.dataset), f.name, f.received_at) for f in accepted]
        return StagedBatch(batch.batch_id, frames, tuple(files))

    def _count_waiting(self, lake: Lake, stamp: Stamp) -> tuple[int, int, int]:
        """Held items, those of them that wait too long, and unknown products."""
        limit = self.held_after_days * 24 * 3600
        with self.stages.stage("held"):
            held, overdue = (
                held_items(lake, stamp.now)
                .selectExpr("count(*)", f"count(case when held_seconds > {limit} then 1 end)")
                .collect()[0]
            )
            return held, overdue, unknown_products(lake).count()

    def _write_history(
        self,
        lake: Lake,
        batch: BatchVerdict,
        staged: StagedBatch,
        report: TransformReport,
        now: datetime,
    ) -> None:
        if batch.quarantine:
            paths = [str(self.folder.root / name) for name in batch.quarantine]
            record_quarantine(lake, self.engine.spark.read.parquet(*paths))
        record_arrivals(lake, staged.batch_id, staged.frames, now)
        record_batch(lake, batch_row(batch, report, self.engine, now))

    def _close(self, batch: BatchVerdict) -> None:
        with performing(Effect.KEEP_VERDICT):
            keep_verdict(self.folder, verdict_folder(self.lake, batch.batch_id))
        with performing(Effect.CLOSE_BATCH):
            self.registry.finish(
                batch.batch_id,
                batch.verdict,
                [
                    Judgement(
                        file.dataset,
                        file.sha256,
                        file.verdict,
                        file.problems[0].code if file.problems else "",
                        batch.contracts,
                    )
                    for file in _judged(batch)
                ],
            )
        if not self.keep_staged:
            with performing(Effect.REMOVE_STAGED):
                remove_tree(self.folder.root)


def _judged(batch: BatchVerdict) -> list[FileVerdict]:
    return [file for file in batch.files if file.verdict is not Verdict.SKIPPED]


def _received(
    batch: BatchVerdict, elsewhere: frozenset[tuple[str, str]]
) -> dict[tuple[Dataset, str], Receipt]:
    """Receipts of contents that another batch has brought: identical to what is stored."""
    return {
        (Dataset(file.dataset), file.sha256): Receipt(staged=file.staged, identical=file.staged)
        for file in batch.files
        if (file.dataset, file.sha256) in elsewhere
    }

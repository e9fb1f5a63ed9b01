"""The transform job: a staged batch in, lake tables and published KPIs out.

The order of the steps is what makes a kill at any instruction harmless: plan (no effect), outbox
(intent), merges (each repeatable), recompute of all open months from the tables, reconciliation,
publication, closing of what was published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from spark_jobs.batch.received import Received, Registration
from spark_jobs.facts.effects import Effect, performing
from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.lake.again import again_on_conflict
from spark_jobs.lake.catalog import Lake
from spark_jobs.lake.held import held_items, unknown_products
from spark_jobs.lake.merge import merge_batch
from spark_jobs.lake.outbox import open_days
from spark_jobs.lake.plan import Plan, plan_batch
from spark_jobs.lake.receipts import Receipt
from spark_jobs.lake.staged import StagedBatch, StagedFile
from spark_jobs.pipeline.documents import StagedFolder
from spark_jobs.pipeline.history_rows import judged, judgements, remember
from spark_jobs.pipeline.place import LakePlace
from spark_jobs.pipeline.publishing import Stamp, publish_open_days
from spark_jobs.pipeline.report import TransformReport
from spark_jobs.pipeline.staged import accepted_frames
from spark_jobs.pipeline.stages import Stages
from spark_jobs.publish.changes import KpiChanges, together
from spark_jobs.publish.publisher import Publisher
from spark_jobs.rules.verdict import BatchVerdict
from spark_jobs.session import Engine
from spark_jobs.storage.folder import remove_tree


@dataclass(frozen=True)
class Rejected:
    """A rejected batch that never came to a transform of its own.

    Args:
        folder: With its verdict.
        sequence: Its number.
    """

    batch: BatchVerdict
    folder: StagedFolder
    sequence: int


@dataclass
class TransformJob:
    """One transform of a staged batch into a lake.

    Args:
        keep_staged: Whether the staged folder stays, for it is the caller's.
        held_after_days: Items that wait longer for their order are told apart.
        publishers: Places for KPIs besides the lake.
    """

    engine: Engine
    place: LakePlace
    registry: Received
    folder: StagedFolder
    stages: Stages = field(default_factory=Stages)
    keep_staged: bool = False
    held_after_days: int = 7
    publishers: Sequence[Publisher] = ()

    def run(self, batch: BatchVerdict, rejected: Sequence[Rejected] = ()) -> TransformReport:
        """Brings the batch into the lake; a batch that is done already changes nothing.

        Args:
            rejected: Earlier batches that are to be remembered in the tables as well.

        Raises:
            FatalError: The numbers cannot be trusted; nothing was published.
        """
        sequence = self._adopt(batch)
        elsewhere = self._received_elsewhere(batch)
        with performing(Effect.DRAW_FENCE):
            stamp = Stamp(batch.batch_id, self.registry.draw_fence(), datetime.now(UTC))
        with self.stages.stage("tables"), performing(Effect.CREATE_TABLES):
            lake = self.place.open(batch.time_zone, stamp.version)
        with lake:
            staged = self._staged(batch, elsewhere)
            plan = again_on_conflict(lambda: self._merge(lake, staged, stamp), lake.guard)
            changed = self._publish(lake, batch, plan, stamp)
            held, overdue, unknown = self._count_waiting(lake, stamp)
            report = TransformReport(
                batch.batch_id,
                sequence,
                stamp.version,
                {**plan.receipts, **_received(batch, elsewhere)},
                changed.days,
                held,
                overdue,
                unknown,
                self.stages.durations,
                changed.categories,
            )
            with self.stages.stage("history"):
                for earlier in rejected:  # first: what was judged anew since then has another row
                    self._remember(lake, earlier, stamp)
                remember(
                    lake, self.folder, batch, report, staged.frames, stamp.now, without=elsewhere
                )
        self._close(batch, changed)
        return report

    def _adopt(self, batch: BatchVerdict) -> int:
        """Registers the batch where validate ran without this lake; harmless otherwise."""
        return self.registry.register(
            batch.batch_id,
            [Registration(f.dataset, f.sha256, f.name, f.received_at) for f in judged(batch)],
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

    def _publish(self, lake: Lake, batch: BatchVerdict, plan: Plan, stamp: Stamp) -> KpiChanges:
        """Publishes; what this and earlier attempts of the batch changed."""
        earlier = self.place.announced(batch.batch_id)

        def announce(changes: KpiChanges) -> None:
            with performing(Effect.KEEP_CHANGES):
                self.place.announce(batch.batch_id, changes)

        changed = publish_open_days(
            lake, plan.receipts, stamp, self.stages, self.publishers, announce=announce
        )
        return together(earlier, changed)

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

    def _remember(self, lake: Lake, earlier: Rejected, stamp: Stamp) -> None:
        batch_id = earlier.batch.batch_id
        nothing = TransformReport(batch_id, earlier.sequence, stamp.version, {}, (), 0, 0, 0)
        remember(lake, earlier.folder, earlier.batch, nothing, {}, stamp.now)
        with performing(Effect.KEEP_VERDICT):
            self.place.keep(earlier.folder, batch_id)

    def _close(self, batch: BatchVerdict, changed: KpiChanges) -> None:
        with performing(Effect.KEEP_VERDICT):
            self.place.announce(batch.batch_id, changed)
            self.place.keep(self.folder, batch.batch_id)
        with performing(Effect.CLOSE_BATCH):
            self.registry.finish(batch.batch_id, batch.verdict, judgements(batch))
        if not self.keep_staged:
            with performing(Effect.REMOVE_STAGED):
                remove_tree(self.folder.root)


def _received(
    batch: BatchVerdict, elsewhere: frozenset[tuple[str, str]]
) -> dict[tuple[Dataset, str], Receipt]:
    """Receipts of contents that another batch has brought: identical to what is stored."""
    return {
        (Dataset(file.dataset), file.sha256): Receipt(staged=file.staged, identical=file.staged)
        for file in batch.files
        if (file.dataset, file.sha256) in elsewhere
    }

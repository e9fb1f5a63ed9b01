"""Transform as a task: the staged batch that the verdict names into Glue lake and DynamoDB."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spark_jobs.batch.contents import sequence_of
from spark_jobs.batch.lease import check_fence
from spark_jobs.batch.manifest import split_address
from spark_jobs.batch.objects import read
from spark_jobs.contracts.load import load_contracts
from spark_jobs.facts.effects import AwsEffect, performing
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.words import Outcome, Verdict
from spark_jobs.kpis.registry import MART_TABLES
from spark_jobs.lake.catalog import Lake
from spark_jobs.pipeline.aws.documents import UnreadableDocumentError, verdict_in
from spark_jobs.pipeline.aws.gone import SeenContents
from spark_jobs.pipeline.aws.staging import fetch_staged, find_verdict
from spark_jobs.pipeline.aws.task import VERDICT, OpenEngine, TaskRun
from spark_jobs.pipeline.documents import StagedFolder, kept_documents, verdict_of
from spark_jobs.pipeline.options import RunOptions
from spark_jobs.pipeline.place import CHANGES
from spark_jobs.pipeline.report import TransformReport
from spark_jobs.pipeline.transform import Rejected, TransformJob
from spark_jobs.publish.alert import transform_alert
from spark_jobs.publish.changes import KpiChanges, changes_document, changes_of, together
from spark_jobs.publish.dynamodb import DynamoPublisher
from spark_jobs.rules.verdict import BatchVerdict
from spark_jobs.session import Engine
from spark_jobs.storage.s3 import GoneError, upload


@dataclass(frozen=True)
class GlueLake:
    """The lake in the Glue catalog, written under the fence.

    Args:
        engine: Bound to it.
        scratch: A local folder.
    """

    run: TaskRun
    engine: Engine
    scratch: Path

    def open(self, time_zone: str, version: int) -> Lake:
        """The lake, its tables created; each commit reads the fence first."""
        guard = partial(check_fence, self.run.table, self.run.environment.execution, version)
        return Lake.open(
            self.engine, time_zone, MART_TABLES, scratch=self.scratch / "scratch", guard=guard
        )

    def keep(self, staged: StagedFolder, batch_id: str) -> None:
        """Puts a batch's verdict and referee's results under `verdicts/`."""
        kept = list(kept_documents(staged))
        keys = [_kept(batch_id, path.relative_to(staged.root).as_posix()) for path in kept]
        upload(self.run.clients.s3, self.run.bucket, zip(kept, keys, strict=True))

    def announced(self, batch_id: str) -> KpiChanges:
        """What earlier attempts have left under `verdicts/`; after its end none comes."""
        content = read(self.run.clients.s3, self.run.bucket, _kept(batch_id, CHANGES))
        return changes_of(json.loads(content or b"{}")) or KpiChanges()

    def announce(self, batch_id: str, changes: KpiChanges) -> None:
        """Adds them to `changes.json` there."""
        whole = changes_document(batch_id, together(self.announced(batch_id), changes))
        self.run.clients.s3.put_object(
            Bucket=self.run.bucket,
            Key=_kept(batch_id, CHANGES),
            Body=json.dumps(whole).encode(),
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
        )


def transform_manifest(run: TaskRun, engine: OpenEngine, options: RunOptions) -> Outcome:
    """Brings the validated batch into the lake and publishes its KPIs.

    Rejected batches that no transform has met since are brought into the tables as well.

    Args:
        engine: Bound to the lake.

    Returns:
        The outcome, which stands in the batch's row.

    Raises:
        FencedOutError: Another execution or attempt has taken over; what this one would still
            have written is refused.
    """
    run.environment.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="transform-", dir=run.environment.work) as work:
        batch, report = _transform(run, engine, options, Path(work))
    links = run.links(run.verdict_address)
    alert = transform_alert(batch, report, load_contracts(options.contracts), links)
    return run.leave(Outcome.DONE, alert=alert)


def _transform(
    run: TaskRun, engine: OpenEngine, options: RunOptions, work: Path
) -> tuple[BatchVerdict, TransformReport]:
    stages = run.stages()
    folder = StagedFolder(work / "staged")
    with stages.stage("fetch"):
        batch = _fetch(run, folder)
        rejected = list(_rejected(run, work))
    with engine() as running:
        job = TransformJob(
            running,
            GlueLake(run, running, work),
            SeenContents(run.table, run.environment.execution, batch),
            folder,
            stages,
            keep_staged=True,
            held_after_days=options.held_after_days,
            publishers=[_publisher(run)],
        )
        report = job.run(batch, rejected)
    with performing(AwsEffect.DROP_HISTORY):
        for earlier in rejected:
            run.contents.drop_history(earlier.batch.batch_id)
    return batch, report


def _fetch(run: TaskRun, folder: StagedFolder) -> BatchVerdict:
    document = find_verdict(run)
    if document is None:
        raise FatalError(
            "there is no verdict", where=run.verdict_address, cure="start the batch again"
        )
    batch = verdict_of(document, run.verdict_address)
    if batch.verdict is Verdict.REJECTED or batch.batch_id != run.batch_id:
        raise FatalError(
            f"batch {batch.batch_id} is {batch.verdict}: it has nothing to transform",
            where=run.verdict_address,
        )
    fetch_staged(run, document, run.prefix, folder)
    return batch


def _rejected(run: TaskRun, work: Path) -> Iterator[Rejected]:
    """The rejected batches that are not in the tables yet, oldest first."""
    for batch_id, address in run.contents.histories():
        try:
            yield _fetch_rejected(run, address, work / "rejected" / batch_id, batch_id)
        except (UnreadableDocumentError, GoneError) as error:  # it must not block all that follow
            run.say("history of a rejected batch is lost", rejected=batch_id, reason=str(error))


def _fetch_rejected(run: TaskRun, address: str, work: Path, batch_id: str) -> Rejected:
    bucket, key = split_address(address)
    content = read(run.clients.s3, bucket, key) if bucket == run.bucket else None
    if content is None:
        raise GoneError("its verdict is gone", where=address)
    document, folder = verdict_in(content, address), StagedFolder(work)
    fetch_staged(run, document, key.removesuffix(VERDICT), folder)
    return Rejected(verdict_of(document, address), folder, sequence_of(batch_id))


def _kept(batch_id: str, name: str) -> str:
    return f"verdicts/{batch_id}/{name}"


def _publisher(run: TaskRun) -> DynamoPublisher:
    env = run.environment
    return DynamoPublisher(run.clients.dynamodb, env.state_table, env.execution, env.kpi_tables)

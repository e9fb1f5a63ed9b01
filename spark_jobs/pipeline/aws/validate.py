"""Validate as a task: a manifest in, staged rows and one verdict on S3 out."""

from __future__ import annotations

import tempfile
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path

from spark_jobs.batch.manifest import Manifest
from spark_jobs.contracts.load import load_contracts
from spark_jobs.facts.effects import AwsEffect, performing
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.words import Outcome, Verdict
from spark_jobs.pipeline.aws.documents import Document, manifest_at
from spark_jobs.pipeline.aws.gone import gone_files
from spark_jobs.pipeline.aws.received import fetch_files
from spark_jobs.pipeline.aws.staging import find_verdict, leave_verdict
from spark_jobs.pipeline.aws.task import OpenEngine, TaskRun
from spark_jobs.pipeline.documents import StagedFolder, verdict_of
from spark_jobs.pipeline.history_rows import judgements
from spark_jobs.pipeline.intake import register
from spark_jobs.pipeline.jobs import DEFAULT_ZONE
from spark_jobs.pipeline.options import RunOptions
from spark_jobs.pipeline.steps import take_in_new, validate_batch
from spark_jobs.publish.alert import validation_alert
from spark_jobs.rules.verdict import BatchVerdict
from spark_jobs.storage.folder import remove_tree


def validate_manifest(run: TaskRun, engine: OpenEngine, options: RunOptions) -> Outcome:
    """Judges the files of the batch's manifest, unless an earlier attempt has left a verdict.

    Args:
        engine: Bound to the lake, which is only read: for references.
        options: `received_at` comes from the manifest.

    Returns:
        The outcome, which stands in the batch's row.
    """
    document = find_verdict(run)
    if document:
        run.say("verdict adopted", attempt=document["attempt"])
    else:
        run.environment.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="validate-", dir=run.environment.work) as work:
            document = _judge(run, engine, options, Path(work))
    return _conclude(run, document, options)


def _judge(run: TaskRun, engine: OpenEngine, options: RunOptions, work: Path) -> Document:
    manifest = manifest_at(run.clients.s3, run.manifest)
    if manifest.batch_id != run.batch_id:
        raise FatalError(f"the manifest is that of {manifest.batch_id}", where=run.manifest)
    stages = run.stages()
    landing, folder = work / "files", StagedFolder(work / "staged")
    landing.mkdir()
    folder.root.mkdir()
    with stages.stage("fetch"):
        prefix = run.environment.landing_prefix
        files = fetch_files(run.clients.s3, manifest, landing, prefix, run.say)
    options = replace(options, received_at=files.received_at)
    with engine() as running:
        intake = take_in_new(
            files.found, run.contents, folder.preflight, options, stages, manifest.batch_id
        )
        register(run.contents, intake)
        # Behind it: there is no content of these that could be registered.
        intake = replace(intake, files=(*intake.files, *gone_files(files)))
        zone = options.time_zone or DEFAULT_ZONE
        batch = validate_batch(running, folder, intake, zone, options, stages)
    _check_complete(batch, manifest)
    remove_tree(landing)
    attempt = uuid.uuid4().hex[:12]
    with stages.stage("upload"):
        return leave_verdict(run, attempt, folder, batch, files.versions)


def _check_complete(batch: BatchVerdict, manifest: Manifest) -> None:
    """Every file of the manifest has a verdict, for each must leave landing."""
    if len(batch.files) != len(manifest.files):
        raise FatalError(
            f"{len(manifest.files)} files are in the manifest, {len(batch.files)} were judged",
            where=manifest.batch_id,
            cure="nothing was archived; report this with the manifest",
        )


def _conclude(run: TaskRun, document: Document, options: RunOptions) -> Outcome:
    """From the verdict to the outcome; repeated by the next attempt where this one dies."""
    batch = verdict_of(document, run.verdict_address)
    if batch.verdict is not Verdict.REJECTED:
        return run.leave(Outcome(batch.verdict), verdict=run.verdict_address)
    # No transform will follow: the next one takes this batch into the tables as well.
    with performing(AwsEffect.KEEP_HISTORY):
        run.contents.finish(batch.batch_id, batch.verdict, judgements(batch))
        run.contents.keep_history(batch.batch_id, run.verdict_address)
    links = run.links(run.verdict_address)
    return run.leave(
        Outcome.REJECTED,
        code=_most_frequent(batch),
        alert=validation_alert(batch, load_contracts(options.contracts), links),
        verdict=run.verdict_address,
    )


def _most_frequent(batch: BatchVerdict) -> str:
    """The code that rejected most files."""
    codes = Counter(
        str(file.problems[0].code)
        for file in batch.files
        if file.verdict is Verdict.REJECTED and file.problems
    )
    return codes.most_common(1)[0][0] if codes else ""

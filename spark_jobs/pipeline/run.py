"""`orders run`: everything new under a folder is one batch, from landing to KPI tables."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spark_jobs.batch.lock import lake_lock
from spark_jobs.batch.registry import Registry
from spark_jobs.facts.effects import Effect, performing
from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline.archive import archive_files
from spark_jobs.pipeline.discover import discover
from spark_jobs.pipeline.documents import StagedFolder, read_verdict
from spark_jobs.pipeline.intake import Intake, register
from spark_jobs.pipeline.options import RunOptions
from spark_jobs.pipeline.place import LakeFolder, lake_zone
from spark_jobs.pipeline.report import RunReport
from spark_jobs.pipeline.stages import Stages
from spark_jobs.pipeline.steps import take_in_new, validate_batch
from spark_jobs.pipeline.transform import TransformJob
from spark_jobs.rules.verdict import FileVerdict
from spark_jobs.session import Engine
from spark_jobs.storage.folder import remove_tree


def run_batch(
    engine: Engine,
    landing: Path,
    lake: Path,
    *,
    options: RunOptions | None = None,
) -> RunReport:
    """Brings everything new under `landing` into the lake as one batch.

    Batches that a dead run left validated are finished first. Safe to kill at any instruction
    and to call again.

    Args:
        engine: A running engine; it is bound to this lake here.
        lake: The lake's folder; made when it is not there.

    Raises:
        OrdersError: With what is wrong and what to do; nothing was published in that case.
    """
    options = options or RunOptions()
    with lake_lock(lake, options.on_wait):
        registry = Registry(lake / "registry.db")
        engine = engine.for_warehouse(lake / "warehouse")
        resumed = tuple(
            _resume(engine, lake, registry, batch_id, options)
            for batch_id in registry.batches_in("validated")
        )
        _abandon(lake, registry)
        report = _run_new(engine, landing, lake, registry, options)
        return replace(report, resumed=resumed)


def staged_folder(lake: Path, batch_id: str) -> StagedFolder:
    """Where a lake keeps the staged rows of a batch while it runs."""
    return StagedFolder(lake / "staged" / batch_id)


def _run_new(
    engine: Engine, landing: Path, lake: Path, registry: Registry, options: RunOptions
) -> RunReport:
    stages = Stages(options.on_stage)
    zone = lake_zone(lake, options.time_zone)
    found = discover(landing, [lake, *([options.archive] if options.archive else [])])
    work = lake / "staged" / "intake"
    remove_tree(work)
    intake = take_in_new(found, registry, work, options, stages)
    ignored = tuple((r.name, r.problems[0].message if r.problems else "") for r in intake.ignored)
    if not intake.files:
        _archive(landing, intake, intake.skipped, options)
        verdict = Verdict.ACCEPTED if intake.skipped else None
        return RunReport(verdict, skipped=intake.skipped, ignored=ignored)
    register(registry, intake)
    folder = _staged(lake, intake, work)
    batch = validate_batch(engine, folder, intake, zone, options, stages)
    registry.set_state(intake.batch_id, "validated", batch.verdict)
    done = _transform(engine, lake, registry, folder, stages, options).run(batch)
    _archive(landing, intake, batch.files, options)
    skipped = tuple(file for file in batch.files if file.verdict is Verdict.SKIPPED)
    return RunReport(batch.verdict, batch, done, skipped, ignored, durations=dict(stages.durations))


def _staged(lake: Path, intake: Intake, work: Path) -> StagedFolder:
    """The batch's folder, with what the preflight left in `work`."""
    folder = staged_folder(lake, intake.batch_id)
    remove_tree(folder.root)
    folder.root.mkdir(parents=True)
    work.mkdir(exist_ok=True)  # nothing is in it where no file could be read
    work.rename(folder.preflight)
    return folder


def _resume(
    engine: Engine, lake: Path, registry: Registry, batch_id: str, options: RunOptions
) -> RunReport:
    folder = staged_folder(lake, batch_id)
    stages = Stages(options.on_stage)
    batch = read_verdict(folder)
    done = _transform(engine, lake, registry, folder, stages, options).run(batch)
    return RunReport(batch.verdict, batch, done, durations=dict(stages.durations))


def _abandon(lake: Path, registry: Registry) -> None:
    """Forgets batches that died before their verdict: their files are judged anew.

    No batch that is to be resumed is there by now, so what is left of staged rows goes as well.
    """
    for batch_id in registry.batches_in("open"):
        registry.set_state(batch_id, "abandoned")
    remove_tree(lake / "staged")


def _transform(
    engine: Engine,
    lake: Path,
    registry: Registry,
    folder: StagedFolder,
    stages: Stages,
    options: RunOptions,
) -> TransformJob:
    place = LakeFolder(engine, lake)
    return TransformJob(
        engine, place, registry, folder, stages, held_after_days=options.held_after_days
    )


def _archive(
    landing: Path, intake: Intake, files: Sequence[FileVerdict], options: RunOptions
) -> None:
    if options.archive is None:
        return
    with performing(Effect.ARCHIVE_FILES):
        archive_files(landing, options.archive, intake, files)

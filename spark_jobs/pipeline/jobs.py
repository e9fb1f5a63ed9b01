"""The two jobs alone, and a check without a lake."""

import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from spark_jobs.batch.lock import lake_lock
from spark_jobs.batch.registry import Registry
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.places import hint_of
from spark_jobs.pipeline.discover import Found, discover
from spark_jobs.pipeline.documents import StagedFolder, read_verdict
from spark_jobs.pipeline.intake import register
from spark_jobs.pipeline.options import RunOptions
from spark_jobs.pipeline.place import LakeFolder, lake_zone
from spark_jobs.pipeline.report import TransformReport
from spark_jobs.pipeline.stages import Stages
from spark_jobs.pipeline.steps import take_in_new, validate_batch
from spark_jobs.pipeline.transform import TransformJob
from spark_jobs.rules.verdict import BatchVerdict
from spark_jobs.session import Engine
from spark_jobs.storage.folder import remove_tree

DEFAULT_ZONE = "UTC"


def validate_folder(
    engine: Engine,
    landing: Path,
    staged: Path,
    *,
    lake: Path | None = None,
    options: RunOptions | None = None,
) -> BatchVerdict:
    """The job `validate`: judges everything new under `landing` and stages the accepted rows.

    Args:
        staged: An empty folder, or one that a validation left: that is replaced.
        lake: Where it is known what was received before; without it every file is new.

    Raises:
        UsageError: There is nothing to judge, or `staged` holds something else.
    """
    options = options or RunOptions()
    folder = StagedFolder(staged)
    _make_room(folder)
    with lake_lock(lake, options.on_wait) if lake else nullcontext():
        registry = Registry(lake / "registry.db") if lake else None
        if lake:
            engine = engine.for_warehouse(lake / "warehouse")
        found = discover(landing, [staged, *([lake] if lake else [])])
        stages = Stages(options.on_stage)
        intake = take_in_new(found, registry, folder.preflight, options, stages)
        if not intake.files:
            raise UsageError(
                "there is nothing new to validate", where=str(landing), cure="drop CSV files in"
            )
        if registry:
            register(registry, intake)
        zone = options.time_zone or DEFAULT_ZONE
        if lake:
            zone = lake_zone(lake, options.time_zone)
        verdict = validate_batch(engine, folder, intake, zone, options, stages)
        remove_tree(folder.preflight)
        return verdict


def transform_folder(
    engine: Engine, staged: Path, lake: Path, *, options: RunOptions | None = None
) -> TransformReport:
    """The job `transform`: brings a staged batch into a lake; run again, it changes nothing.

    Raises:
        UsageError: The folder holds no validated batch, or one for another time zone.
    """
    options = options or RunOptions()
    folder = StagedFolder(staged)
    batch = read_verdict(folder)
    with lake_lock(lake, options.on_wait):
        lake_zone(lake, batch.time_zone)
        engine = engine.for_warehouse(lake / "warehouse")
        job = TransformJob(
            engine,
            LakeFolder(engine, lake),
            Registry(lake / "registry.db"),
            folder,
            Stages(options.on_stage),
            keep_staged=True,
            held_after_days=options.held_after_days,
        )
        return job.run(batch)


def check_files(
    engine: Engine, files: Sequence[Path], *, options: RunOptions | None = None
) -> BatchVerdict:
    """Preflight and rules over files, without a lake and without a trace.

    A file's dataset follows from its folder's name, else its stem, else its header.
    """
    options = options or RunOptions()
    found = [
        Found(path, str(path), hint_of(f"{path.absolute().parent.name}/{path.name}"))
        for path in files
    ]
    for file in found:
        if not file.path.is_file():
            raise UsageError("there is no such file", where=file.name)
    with tempfile.TemporaryDirectory(prefix="orders-check-") as place:
        folder = StagedFolder(Path(place) / "staged")
        folder.root.mkdir()
        stages = Stages(options.on_stage)
        intake = take_in_new(found, None, folder.preflight, options, stages)
        if not intake.files and not intake.skipped:
            reasons = "; ".join(f"{r.name}: {r.problems[0].message}" for r in intake.ignored)
            raise UsageError(
                f"no file fits a contract ({reasons})",
                cure="see `orders contracts list`, or `orders contracts new --from FILE`",
            )
        zone = options.time_zone or DEFAULT_ZONE
        return validate_batch(engine, folder, intake, zone, options, stages)


def _make_room(folder: StagedFolder) -> None:
    """Empties a folder that a validation left; refuses to touch anything else."""
    if folder.root.exists() and any(folder.root.iterdir()):
        ours = folder.verdict.exists() or folder.preflight.exists() or folder.split.exists()
        if not ours:
            raise UsageError(
                "the folder is not empty and holds no staged batch",
                where=str(folder.root),
                cure="name another folder for --staged",
            )
        remove_tree(folder.root)
    folder.root.mkdir(parents=True, exist_ok=True)

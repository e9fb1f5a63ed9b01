"""The steps that a run and the job `validate` share, with the contracts of the options."""

from collections.abc import Sequence
from pathlib import Path

from spark_jobs.batch.received import Received
from spark_jobs.contracts.files import fingerprint
from spark_jobs.contracts.load import load_contracts
from spark_jobs.pipeline.checks import check_accepted
from spark_jobs.pipeline.discover import Found
from spark_jobs.pipeline.documents import StagedFolder
from spark_jobs.pipeline.intake import Intake, take_in
from spark_jobs.pipeline.options import RunOptions, judged_before
from spark_jobs.pipeline.stages import Stages
from spark_jobs.pipeline.validate import ValidateJob
from spark_jobs.rules.verdict import BatchVerdict
from spark_jobs.session import Engine


def take_in_new(
    found: Sequence[Found],
    registry: Received | None,
    work: Path,
    options: RunOptions,
    stages: Stages,
    manifest_id: str | None = None,
) -> Intake:
    """What is new among the files found, preflighted under `work`.

    Args:
        manifest_id: As `take_in` has it.
    """
    with stages.stage("preflight"):
        return take_in(
            found,
            registry,
            load_contracts(options.contracts),
            judged_before(fingerprint(options.contracts), options),
            options.received_at,
            work,
            options.limits,
            options.on_bytes,
            manifest_id,
        )


def validate_batch(
    engine: Engine,
    folder: StagedFolder,
    intake: Intake,
    zone: str,
    options: RunOptions,
    stages: Stages,
) -> BatchVerdict:
    """The verdict on an intake whose preflight lies in the folder; the staged batch beside it.

    Args:
        zone: IANA zone in which days are counted.
    """
    job = ValidateJob(
        engine,
        load_contracts(options.contracts),
        fingerprint(options.contracts),
        zone,
        folder,
        intake.batch_id,
        stages,
        options.all_or_nothing,
    )
    return job.run(intake.files, intake.skipped, check_accepted)

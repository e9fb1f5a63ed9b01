"""What the jobs may be told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from spark_jobs.pipeline.intake import ReceivedAt
from spark_jobs.preflight.model import Limits


@dataclass
class RunOptions:
    """What a run may be told.

    Args:
        contracts: A folder of contracts instead of the bundled ones.
        received_at: When the files were received; None: now.
        archive: Where files go afterwards; None: they stay.
        time_zone: IANA zone of the lake's days, fixed when the lake is made; None: as it is, UTC
            for a new lake.
        all_or_nothing: One rejected file rejects its batch (`reject_batch_on = any_file`). What is
            accepted then depends on which files share a batch: convergence is given up.
        held_after_days: Items that wait longer for their order are told apart.
        on_stage, on_bytes, on_wait: Told of progress.
    """

    contracts: Path | None = None
    received_at: ReceivedAt | None = None
    archive: Path | None = None
    time_zone: str | None = None
    all_or_nothing: bool = False
    held_after_days: int = 7
    limits: Limits = field(default_factory=Limits)
    on_stage: Callable[[str], None] | None = None
    on_bytes: Callable[[int], None] | None = None
    on_wait: Callable[[str], None] | None = None


def judged_before(fingerprint: str, options: RunOptions) -> str | None:
    """The contracts under which a content that was rejected need not be judged again.

    None where one rejected file rejects its batch: as long as it lies there, it does so again.
    """
    return None if options.all_or_nothing else fingerprint

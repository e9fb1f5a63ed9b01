"""ECS and Step Functions: tasks that run, fail and end as those of Fargate.

Where tasks run is chosen by `ORDERS_LOCAL_TASKS`: `processes` (default) or `containers`.
"""

from __future__ import annotations

import os

from scripts.local_aws.replaced import ContractError


def install() -> None:
    """Replaces the emulator's functions."""
    from scripts.local_aws.tasks import (
        containers,
        executions,
        logs,
        metadata,
        overrides,
        processes,
        redrive,
        refusals,
        run_task,
        stopping,
    )

    backends = {"processes": processes, "containers": containers}
    chosen = os.environ.get("ORDERS_LOCAL_TASKS", "processes")
    if chosen not in backends:
        raise ContractError(f"ORDERS_LOCAL_TASKS is {chosen!r}, not one of {', '.join(backends)}")
    backend = backends[chosen]
    parts = (overrides, metadata, backend, refusals, logs, stopping, run_task, redrive, executions)
    for part in parts:
        part.install()

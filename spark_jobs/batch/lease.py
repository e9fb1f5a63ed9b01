"""Lease and fence: one execution at a time, and no task of a dead one may publish.

The lease is taken before an execution starts and released when it is gone, never by a clock. The
fence only grows. The row is never deleted.
"""

from __future__ import annotations

from typing import Any

from spark_jobs.batch.table import Check, Is, Key, Row, StateTable, Update
from spark_jobs.facts.errors import FencedOutError

LEASE = Key("lease", "lease")


def holder(table: StateTable) -> str | None:
    """The execution that holds the lease, None where it is free."""
    row = table.get(LEASE) or {}
    name = row.get("execution")
    return str(name) if name else None


def draw_fence(table: StateTable, execution: str) -> int:
    """A publication number greater than all before, for the execution that holds the lease.

    Raises:
        FencedOutError: Another execution holds it, or none.
    """
    row = table.write(Update(LEASE, add={"fence": 1}, when=[Is("execution", execution)]))
    if row is None:
        raise FencedOutError(execution)
    return int(row["fence"])


def check_fence(table: StateTable, execution: str, fence: int) -> None:
    """Nothing where the fence is still ours: called before each commit.

    Raises:
        FencedOutError: A later attempt has drawn, or the lease is another's.
    """
    row: Row = table.get(LEASE) or {}
    if (row.get("execution"), row.get("fence")) != (execution, fence):
        raise FencedOutError(execution)


def fence_condition(state_table: str, execution: str, fence: int) -> dict[str, Any]:
    """The item of a transaction that fails where the fence is not ours any more."""
    check = Check(LEASE, [Is("fence", fence), Is("execution", execution)])
    return dict([check.request(state_table)])


def released(execution: str) -> Update:
    """The write that frees the lease of an execution that is gone, for a transaction."""
    return Update(
        LEASE,
        remove=["execution", "batch_id", "taken_at"],
        when=[Is("execution", execution)],
    )

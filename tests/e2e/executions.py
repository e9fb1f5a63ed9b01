"""What a person does to executions, and what must be as it was after what may change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.account import KPI_TABLES, Account, Row
from tests.e2e.acts import Held
from tests.e2e.ledger import Version
from tests.e2e.observed import VERDICTS_PREFIX
from tests.e2e.world import World


def stop_by_hand(world: World, execution: str) -> None:
    """As a person types it."""
    arn = world.account.execution(execution)["executionArn"]
    world.run("aws", "stepfunctions", "stop-execution", "--execution-arn", arn)


def redriven(world: World, execution: str) -> Row:
    """As a person types it; the new end."""
    before = world.account.execution(execution)
    world.run(
        "aws", "stepfunctions", "redrive-execution", "--execution-arn", before["executionArn"]
    )
    ended = world.until_execution_ends(execution, timeout=300)
    assert ended["redriveCount"] == before["redriveCount"] + 1
    return ended


def stopped_when_held(world: World, held: Held, number: int = 0) -> Row:
    """The newest batch, failed: its execution was stopped when its task came to the moment.

    Args:
        number: Of the act.
    """
    world.until("the task is held", lambda: held.is_held(number))
    stop_by_hand(world, world.batches()[-1]["execution"])
    failed = world.until_batch("FAILED")
    assert world.account.execution(failed["execution"])["status"] == "ABORTED"
    return failed


def assert_kept(world: World, versions: list[Version]) -> None:
    """They lie in landing, and nowhere else."""
    lying = world.account.versions(world.account.landing, "landing/")
    found = {(stored.key, stored.version_id) for stored in lying}
    assert found >= {(version.key, version.version_id) for version in versions}
    assert not any(world.archived(version) for version in versions)


def picture(account: Account) -> Row:
    """Everything that a batch leaves and users or the pipeline go by; mails the checker counts.

    Of the lake it has the files that hold the rows: who writes rows writes others. What an attempt
    has staged under its own name is no part of it: nobody reads it but by a verdict.
    """
    objects = {
        "landing and archive": account.versions(account.landing, ""),
        "verdicts": account.versions(account.lake, VERDICTS_PREFIX),
    }
    return {
        "state": account.state(),
        "lake": {name: account.data_files(at) for name, at in account.lake_tables().items()},
        **{
            place: sorted((stored.key, stored.version_id, stored.size) for stored in found)
            for place, found in objects.items()
        },
        "dead letters": account.dead_letters(),
        **{name: sorted(account.items(name), key=str) for name in KPI_TABLES},
    }


@contextmanager
def definition_changed(account: Account, state: str = "", **fields: Any) -> Iterator[None]:
    """Other fields for the definition that is deployed, or for one state of it, for a while."""
    machines, arn = account.client("stepfunctions"), account.state_machine
    before = machines.describe_state_machine(stateMachineArn=arn)["definition"]
    changed = json.loads(before)
    (changed["States"][state] if state else changed).update(fields)
    machines.update_state_machine(stateMachineArn=arn, definition=json.dumps(changed))
    try:
        yield
    finally:
        machines.update_state_machine(stateMachineArn=arn, definition=before)

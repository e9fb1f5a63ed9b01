"""What a person does to executions, and what must be as it was after what may change nothing."""

from __future__ import annotations

from tests.e2e.account import KPI_TABLES, Account, Row
from tests.e2e.acts import Held
from tests.e2e.ledger import Version
from tests.e2e.world import World


def stop_by_hand(world: World, execution: str) -> None:
    """As a person types it."""
    arn = world.account.execution(execution)["executionArn"]
    world.run("aws", "stepfunctions", "stop-execution", "--execution-arn", arn)


def stopped_when_held(world: World, held: Held) -> Row:
    """The newest batch, failed: its execution was stopped when its task came to the moment."""
    world.until("the task is held", held.is_held)
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
    """Everything that users or the pipeline go by.

    Of the lake it has the addresses of the metadata: any commit makes another.
    """
    files = account.versions(account.landing, "")
    return {
        "state": account.state(),
        "lake": account.lake_tables(),
        "files": sorted((stored.key, stored.version_id, stored.size) for stored in files),
        **{name: sorted(account.items(name), key=str) for name in KPI_TABLES},
    }

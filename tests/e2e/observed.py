"""All that the checker looks at, fetched from an account at one moment: plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.e2e.account import KPI_TABLES, Row, StoredObject
from tests.e2e.ledger import LANDING_PREFIX, Version
from tests.e2e.mailbox import Mail
from tests.e2e.rights import roles
from tests.e2e.world import World

ARCHIVE_PREFIX = "archive/"
VERDICTS_PREFIX, CHANGES = "verdicts/", "/changes.json"


@dataclass(frozen=True)
class Observed:
    """An account.

    Args:
        dropped: Every version that was ever uploaded, without those withdrawn.
        more_mails: Mails that cases brought about beyond the one for each run, by batch.
        landing: What lies there, current or not.
        archive: What lies there, and the sha256 of each content by key.
        state: Rows of the state table by kind.
        manifests: By batch.
        verdicts: Of the batches that have one, by batch.
        changes: Of the batches that have one, `changes.json` by batch.
        executions: With error and cause.
        tables: Rows of the lake's tables by name; none before the first batch.
        items: Of the KPI tables in DynamoDB, by Terraform's name of the table.
        queues: Messages left in each queue.
        running_tasks: ARNs.
        refused: Calls that a role made and may not, by no case's own act.
    """

    dropped: list[Version]
    withdrawn: set[tuple[str, str]]
    more_mails: dict[str, int]
    landing: list[StoredObject]
    archive: list[StoredObject]
    contents: dict[str, str]
    state: dict[str, list[Row]]
    manifests: dict[str, Row]
    verdicts: dict[str, Row]
    changes: dict[str, Row]
    executions: list[Row]
    tables: dict[str, list[Row]]
    items: dict[str, list[Row]]
    queues: dict[str, int]
    mails: list[Mail]
    running_tasks: list[str]
    refused: list[str]

    @property
    def batches(self) -> list[Row]:
        """The rows of all batches that have files."""
        return [row for row in self.state.get("batch", []) if row["state"] != "EMPTY"]

    @property
    def files(self) -> dict[tuple[str, str], Row]:
        """The rows of all versions, by key and version."""
        return {(row["key"], row["version_id"]): row for row in self.state.get("file", [])}


class Observer:
    """Looks at a world again and again; what never changes is fetched once."""

    def __init__(self, world: World) -> None:
        self._world, self._account = world, world.account
        self._kept: dict[Any, Any] = {}

    def look(self) -> Observed:
        """The account as it is now."""
        world, account = self._world, self._account
        state = account.state()
        batches = [row for row in state.get("batch", []) if row["state"] != "EMPTY"]
        archive = account.versions(account.landing, ARCHIVE_PREFIX)
        withdrawn = world.ledger.withdrawn
        named = [row["manifest"] for row in batches if "manifest" in row]
        judged = {row["sk"]: row["verdict"] for row in batches if "verdict" in row}
        return Observed(
            dropped=[v for k, v in world.ledger.versions.items() if k not in withdrawn],
            withdrawn=set(withdrawn),
            more_mails=dict(world.ledger.more_mails),
            landing=account.versions(account.landing, LANDING_PREFIX),
            archive=archive,
            contents={stored.key: self._sha256(stored) for stored in archive},
            state=state,
            manifests={one["batch_id"]: one for one in map(self._document, named)},
            verdicts={batch: self._document(address) for batch, address in judged.items()},
            changes=self._changes(),
            executions=[self._execution(one) for one in account.executions()],
            tables={name: account.table(at) for name, at in account.lake_tables().items()},
            items={name: account.items(name) for name in KPI_TABLES},
            queues=account.dead_letters() | {"landing": account.depth(account.landing_queue)},
            mails=world.mailbox.received(),
            running_tasks=[task["taskArn"] for task in account.tasks("RUNNING")],
            refused=self._refused(),
        )

    def _once(self, key: Any, fetch: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = fetch()
        return self._kept[key]

    def _sha256(self, stored: StoredObject) -> str:
        """Versions are immutable."""
        account = self._account
        found: str = self._once(
            stored,
            lambda: hashlib.sha256(
                account.content(account.landing, stored.key, VersionId=stored.version_id)
            ).hexdigest(),
        )
        return found

    def _changes(self) -> dict[str, Row]:
        """Each attempt of a transform may have written them anew."""
        lake, kept = self._account.lake, {}
        found: dict[str, list[StoredObject]] = {}
        for stored in self._account.versions(lake, VERDICTS_PREFIX):
            if stored.key.endswith(CHANGES):
                found.setdefault(stored.key, []).append(stored)
        for key, versions in found.items():
            batch_id = key.removeprefix(VERDICTS_PREFIX).removesuffix(CHANGES)
            fetch = partial(self._account.document, f"s3://{lake}/{key}")
            kept[batch_id] = self._once(tuple(versions), fetch)
        return kept

    def _refused(self) -> list[str]:
        names = self._once("roles", lambda: roles(self._account))
        actors = {role: actor for actor, role in names.items()}
        return [
            f"{actors[call.principal]}: {call.action} on {call.resource}, at {call.at}"
            for call in self._account.calls.refused(actors)
        ]

    def _document(self, address: str) -> Row:
        document: Row = self._once(address, lambda: self._account.document(address))
        return document

    def _execution(self, listed: Row) -> Row:
        if listed["status"] == "RUNNING":
            return self._account.execution(listed["name"])
        # A redrive is another end of the same execution.
        key = (listed["executionArn"], listed["status"], str(listed.get("redriveCount", 0)))
        found: Row = self._once(key, lambda: self._account.execution(listed["name"]))
        return found

"""The words in which cases speak: one environment of a local AWS, and what a user can do to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from tests.e2e import shop
from tests.e2e.account import KPI_TABLES, Account, Row
from tests.e2e.acts import Act, Held, acting, launching
from tests.e2e.emulator import scale_waits
from tests.e2e.ledger import LANDING_PREFIX, Ledger, Version, last_the_orders
from tests.e2e.mailbox import Mail, Mailbox
from tests.e2e.person import Person
from tests.e2e.report import report

FINAL = ("DONE", "EMPTY")
_POLL_SECONDS = 0.5
WAIT_SCALE = 0.02
"""Of the state machine's own waits, which are up to eight minutes long."""
T = TypeVar("T")


class World(Person):
    """One environment; it lives as long as the test process, and is judged as a whole.

    Args:
        terraform: The folder that `scripts/terraform.sh` is to read outputs from.
        processes: Where the process backend looks up commands, and the usual ones.
        folder: Of our own.
    """

    held = Held
    """How the processes of acts are reached."""

    def __init__(
        self,
        account: Account,
        *,
        terraform: Path,
        processes: Path,
        usual: Mapping[str, Sequence[str]],
        folder: Path,
    ) -> None:
        super().__init__(account, terraform)
        self.ledger = Ledger(folder)
        self.mailbox = Mailbox(account, folder)
        shop.start_at(len(self.ledger.versions) + 1)
        self._processes, self._usual = processes, usual
        self._folder, self._numbers = folder, count()
        self._before: set[str] = set()

    # -- uploads

    def drop(self, files: Mapping[str, bytes | Path]) -> list[Version]:
        """Uploads files (by their key below landing/), orders last: then the batch is complete."""
        return [self.put(key, files[key]) for key in sorted(files, key=last_the_orders)]

    def put(self, key: str, content: bytes | Path) -> Version:
        """Uploads one file."""
        body = content.read_bytes() if isinstance(content, Path) else content
        full = LANDING_PREFIX + key
        s3 = self.account.client("s3")
        place = {"Bucket": self.account.landing, "Key": full}
        version = s3.put_object(**place, Body=body)["VersionId"]
        at = s3.head_object(**place, VersionId=version)["LastModified"]
        return self.ledger.note(full, version, body, at)

    def uploaded(self, files: Mapping[str, bytes | Path], timeout: float = 90) -> list[Version]:
        """Notes what a command has uploaded, once the gate has seen it (within a minute)."""
        known = set(self.ledger.versions)
        times = self.account.times(self.account.landing, LANDING_PREFIX)

        def found() -> list[tuple[str, str]]:
            rows = [(row["key"], row["version_id"]) for row in self.files()]
            new = [row for row in rows if row not in known]
            wanted = {LANDING_PREFIX + key for key in files}
            return new if {key for key, _ in new} >= wanted else []

        versions = []
        for key, version_id in self.until("the gate has noted the upload", found, timeout):
            given = files[key.removeprefix(LANDING_PREFIX)]
            body = given.read_bytes() if isinstance(given, Path) else given
            at = times[key, version_id]
            versions.append(self.ledger.note(key, version_id, body, at))
        return versions

    # -- faults

    def acts(self, job: str, *acts: Act) -> AbstractContextManager[Held]:
        """The next starts of `validate` or `transform` are disturbed, in turn (`acts.py`)."""
        folder = self._folder / "acts" / f"{time.time_ns()}-{next(self._numbers)}"
        return acting(self._processes, self._usual, job, acts, self.held(folder))

    def launches(self, job: str, entry: Any) -> AbstractContextManager[None]:
        """All starts of a job for a while: None, no image; `{"refused": reason}`, no capacity."""
        return launching(self._processes, job, entry)

    @contextmanager
    def waits(self, scale: float) -> Iterator[None]:
        """The state machine's own waits are this part of what they are on AWS, for a while."""
        url = self.account.variables["AWS_ENDPOINT_URL"]
        scale_waits(url, scale)
        try:
            yield
        finally:
            scale_waits(url, WAIT_SCALE)

    # -- looking

    def begin(self) -> None:
        """A case begins: `batches()` leaves out what is there already."""
        self._before = {row["sk"] for row in self.account.state().get("batch", [])}

    def batches(self) -> list[Row]:
        """The rows of the batches of this case, oldest first, without EMPTY ones."""
        rows = self.account.state().get("batch", [])
        return [r for r in rows if r["sk"] not in self._before and r["state"] != "EMPTY"]

    def batch(self) -> Row:
        """The one batch of this case."""
        (row,) = self.batches()
        return row

    def files(self) -> list[Row]:
        """The rows of all versions of the account."""
        return self.account.state().get("file", [])

    def archived(self, version: Version) -> str:
        """The key under which a version lies in the archive; empty: nowhere yet."""
        where = (version.key, version.version_id)
        rows = [row for row in self.files() if (row["key"], row["version_id"]) == where]
        return str(rows[0].get("archived_to", "")) if rows else ""

    def mails(self, batch_id: str) -> list[Mail]:
        """The mails about a batch."""
        return [mail for mail in self.mailbox.received() if f"batch {batch_id}" in mail.subject]

    def items(self, day: str) -> list[Row]:
        """All items of a day in both KPI tables."""
        return [i for t in KPI_TABLES for i in self.account.items(t) if i["order_date"] == day]

    def kpis(self, day: str) -> tuple[Row, dict[str, Row]]:
        """A day's item of `order_kpi_table` (empty: none), and its categories' items."""
        found = {item.get("category", ""): item for item in self.items(day)}
        return found.pop("", {}), found

    # -- waiting

    def until(self, what: str, condition: Callable[[], T], timeout: float = 120) -> T:
        """What the condition gives once it is true; fails with a report of the account."""
        deadline = time.monotonic() + timeout
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout:.0f} s: {what}\n{report(self.account)}")
            time.sleep(_POLL_SECONDS)
        return found

    def until_batch(self, *states: str, timeout: float = 120) -> Row:
        """The case's newest batch, once it is in one of these states."""

        def reached() -> Row | None:
            rows = self.batches()
            return rows[-1] if rows and rows[-1]["state"] in states else None

        row = self.until(f"a batch is {' or '.join(states)}", reached, timeout)
        assert row is not None
        return row

    def until_noted(self, timeout: float = 90) -> None:
        """Waits until the gate has a row for all that was dropped."""

        def noted() -> bool:
            rows = {(row["key"], row["version_id"]) for row in self.files()}
            return rows >= self.ledger.versions.keys()

        self.until("the gate has noted all that was dropped", noted, timeout)

    def until_execution_ends(self, name: str, timeout: float = 120) -> Row:
        """The execution, once it runs no more."""

        def ended() -> Row | None:
            found = self.account.execution(name)
            return found if found["status"] != "RUNNING" else None

        row = self.until(f"{name} ends", ended, timeout)
        assert row is not None
        return row

    def at_rest(self, timeout: float = 180) -> list[Row]:
        """Waits until all that was dropped is archived and nothing runs; this case's batches.

        Fails at once where a batch has FAILED: that one waits for a person (`again`).
        """
        self.until("the account is at rest", lambda: not self.unrest(), timeout)
        return self.batches()

    def drain(self, seconds: float = 30) -> None:
        """Waits for events that are still on their way; what stays is the checker's to tell."""
        deadline = time.monotonic() + seconds
        while self.account.depth(self.account.landing_queue) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)

    def recover(self) -> None:
        """After a case that failed: brings the account to rest, so that the next can begin."""
        for batch in self.account.state().get("batch", []):
            if batch["state"] == "FAILED":
                self.again(batch["sk"])
        self.at_rest()

    def unrest(self) -> list[str]:
        """What is still to do; fails where a batch has failed."""
        rows = self.account.state()
        batches = rows.get("batch", [])
        failed = [row["sk"] for row in batches if row["state"] == "FAILED"]
        assert not failed, f"failed batches: {failed}\n{report(self.account)}"
        known = {(r["key"], r["version_id"]): r["state"] for r in rows.get("file", [])}
        left = [f"{k} is not noted" for k in self.ledger.versions if k not in known]
        left += [f"{k} is {s}" for k, s in known.items() if s not in {"ARCHIVED", "GONE"}]
        left += [f"{r['sk']} is {r['state']}" for r in batches if r["state"] not in FINAL]
        left += ["a lease is held" for row in rows.get("lease", []) if "execution" in row]
        running = [e["name"] for e in self.account.executions() if e["status"] == "RUNNING"]
        return left + [f"{name} runs" for name in running]

"""Contents in the state table: what SQLite remembers for a lake in a folder.

Everything is written under the lease: what an execution that lost it would still write is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from spark_jobs.batch.lease import LEASE, draw_fence
from spark_jobs.batch.received import Judgement, KnownFile, Registration
from spark_jobs.batch.table import Absent, Check, Delete, Is, Key, Put, Row, StateTable, Update
from spark_jobs.facts.errors import FencedOutError, TransientError
from spark_jobs.facts.words import Dataset, Verdict

CONTENT, HISTORY = "content", "history"
_AT_ONCE = 50
"""Contents in a transaction."""
_ATTEMPTS = 5
_DATASETS = (*map(str, Dataset), "")
_AS_RECEIVED = ("name", "batch_id", "contracts", "verdict", "reason")

Write = Put | Update | Delete


class Contents:
    """The received contents, as seen and written by the execution that holds the lease.

    Args:
        execution: Its name.
    """

    def __init__(self, table: StateTable, execution: str) -> None:
        self._table, self._execution = table, execution

    def known(self, hashes: Iterable[str]) -> dict[str, list[KnownFile]]:
        """What is known of these contents, by sha256; nothing for those never received."""
        keys = [content_key(sha256, name) for sha256 in set(hashes) for name in _DATASETS]
        found: dict[str, list[KnownFile]] = {}
        for row in sorted(self._table.get_all(keys), key=lambda row: str(row["sk"])):
            file = _known(row)
            found.setdefault(file.sha256, []).append(file)
        return found

    def register(self, batch_id: str, files: Sequence[Registration]) -> int:
        """Notes a batch's contents; a `received_at` that is known stays.

        Returns:
            The batch's number, as its id has it.

        Raises:
            FencedOutError: The execution has lost the lease.
        """
        for start in range(0, len(files), _AT_ONCE):
            self._register(batch_id, files[start : start + _AT_ONCE])
        return sequence_of(batch_id)

    def _register(self, batch_id: str, files: Sequence[Registration]) -> None:
        for _ in range(_ATTEMPTS):
            keys = [content_key(file.sha256, file.dataset) for file in files]
            there = {str(row["sk"]): row for row in self._table.get_all(keys)}
            wanted = [_registration(file, there, batch_id) for file in files]
            writes = [write for write in wanted if write]
            if not writes or not self._under_lease(writes):
                return
        raise TransientError("another attempt registers the same contents", where=batch_id)

    def finish(self, batch_id: str, verdict: str, files: Sequence[Judgement]) -> None:
        """Notes the verdicts on a batch's contents; those that are another batch's by now stay.

        Raises:
            FencedOutError: The execution has lost the lease.
        """
        del verdict  # stands in the batch's row, as its outcome
        for start in range(0, len(files), _AT_ONCE):
            left = [_judgement(file, batch_id) for file in files[start : start + _AT_ONCE]]
            while left:
                refused = self._under_lease(left)
                left = [w for i, w in enumerate(left, 1) if i not in refused] if refused else []

    def draw_fence(self) -> int:
        """A publication number greater than all before.

        Raises:
            FencedOutError: The execution has lost the lease.
        """
        return draw_fence(self._table, self._execution)

    def keep_history(self, batch_id: str, verdict: str) -> None:
        """Notes a rejected batch, for the next transform to bring it into the tables.

        Args:
            verdict: The `s3://` address of its verdict.
        """
        self._under_lease([Put({"pk": HISTORY, "sk": batch_id, "verdict": verdict})])

    def histories(self) -> list[tuple[str, str]]:
        """The rejected batches that are not in the tables yet: id and address of the verdict."""
        return [(str(row["sk"]), str(row["verdict"])) for row in self._table.all(HISTORY)]

    def drop_history(self, batch_id: str) -> None:
        """Notes that a rejected batch is in the tables."""
        self._under_lease([Delete(Key(HISTORY, batch_id))])

    def _under_lease(self, writes: Sequence[Write]) -> tuple[int, ...]:
        """All writes or none; the positions, from 1, of those that were refused."""
        mine = Check(LEASE, [Is("execution", self._execution)])
        refused = self._table.transact(mine, *writes)
        if 0 in refused:
            raise FencedOutError(self._execution)
        return refused


def content_key(sha256: str, dataset: str) -> Key:
    """The key of a content's row."""
    return Key(CONTENT, f"{sha256}#{dataset}")


def sequence_of(batch_id: str) -> int:
    """The number of a batch, which its id ends with."""
    return int(batch_id.rpartition("-")[2])


def _known(row: Row) -> KnownFile:
    sha256, _, dataset = str(row["sk"]).partition("#")
    name, batch_id, *said = (row.get(attribute) for attribute in _AS_RECEIVED)
    at = datetime.fromisoformat(row["received_at"])
    return KnownFile(dataset, sha256, str(name), at, str(batch_id), *said)


def _registration(file: Registration, there: dict[str, Row], batch_id: str) -> Put | Update | None:
    """The write that a content needs, None where nothing is to be changed."""
    key = content_key(file.sha256, file.dataset)
    row = there.get(key.sk)
    if row is None:
        at = file.received_at.astimezone(UTC).isoformat(timespec="microseconds")
        new = {"pk": key.pk, "sk": key.sk, "name": file.name, "received_at": at}
        return Put({**new, "batch_id": batch_id}, [Absent("pk")])
    verdict = row.get("verdict")
    if row["batch_id"] == batch_id or verdict not in (None, Verdict.REJECTED):
        return None
    unchanged = Is("verdict", verdict) if verdict else Absent("verdict")
    of_before = Is("batch_id", row["batch_id"])
    return Update(key, set={"batch_id": batch_id}, when=[of_before, unchanged])


def _judgement(file: Judgement, batch_id: str) -> Update:
    said = {"verdict": str(file.verdict), "reason": file.reason, "contracts": file.contracts}
    key = content_key(file.sha256, file.dataset)
    return Update(key, set=said, when=[Is("batch_id", batch_id)])

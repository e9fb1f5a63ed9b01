"""What a lake has received: contents with their `received_at`, batches, the fence (SQLite).

The local counterpart of the state table in AWS. Every method is one transaction.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from spark_jobs.batch.received import Judgement, KnownFile, Registration

_SCHEMA = """
create table if not exists batches (
    sequence integer primary key autoincrement,
    batch_id text not null unique,
    state text not null check (state in ('open', 'validated', 'done', 'abandoned')),
    verdict text
);
create table if not exists files (
    dataset text not null,
    sha256 text not null,
    name text not null,
    received_at text not null,
    batch_id text not null,
    contracts text,
    verdict text,
    reason text,
    primary key (dataset, sha256)
);
create table if not exists fence (id integer primary key check (id = 1), number integer not null);
insert or ignore into fence values (1, 0);
"""


class Registry:
    """The received contents and batches of one lake."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._transaction() as db:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                db.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as db:
            db.execute("pragma synchronous = full")
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.execute("rollback")
                raise
            db.execute("commit")

    def known(self, hashes: Iterable[str]) -> dict[str, list[KnownFile]]:
        """What is known of these contents, by sha256; nothing for those never received."""
        wanted = set(hashes)
        with self._transaction() as db:
            rows = db.execute(
                "select dataset, sha256, name, received_at, batch_id, contracts, verdict, reason"
                " from files"
            ).fetchall()
        found: dict[str, list[KnownFile]] = {}
        for row in rows:
            if row[1] in wanted:
                dataset, sha256, name, received_at, *said = row
                file = KnownFile(dataset, sha256, name, _time(received_at), *said)
                found.setdefault(file.sha256, []).append(file)
        return found

    def register(self, batch_id: str, files: Sequence[Registration]) -> int:
        """Opens a batch and notes its contents; a `received_at` that is known stays.

        Returns:
            The batch's sequence number; the same when called again.
        """
        with self._transaction() as db:
            # Not `insert or ignore`: that uses up a sequence number when it inserts nothing.
            db.execute(
                "insert into batches (batch_id, state) select ?, 'open'"
                " where not exists (select 1 from batches where batch_id = ?)",
                (batch_id, batch_id),
            )
            for file in files:
                db.execute(
                    "insert into files (dataset, sha256, name, received_at, batch_id)"
                    " values (?, ?, ?, ?, ?) on conflict (dataset, sha256) do update set"
                    " batch_id = excluded.batch_id where files.verdict is null"
                    " or files.verdict = 'rejected'",
                    (file.dataset, file.sha256, file.name, _text(file.received_at), batch_id),
                )
            row = db.execute("select sequence from batches where batch_id = ?", (batch_id,))
            return int(row.fetchone()[0])

    def set_state(self, batch_id: str, state: str, verdict: str | None = None) -> None:
        """Moves a batch to another state."""
        with self._transaction() as db:
            db.execute(
                "update batches set state = ?, verdict = coalesce(?, verdict) where batch_id = ?",
                (state, verdict, batch_id),
            )

    def finish(self, batch_id: str, verdict: str, files: Sequence[Judgement]) -> None:
        """Closes a batch: its contents have their verdict and count as received."""
        with self._transaction() as db:
            db.execute(
                "update batches set state = 'done', verdict = ? where batch_id = ?",
                (verdict, batch_id),
            )
            db.executemany(
                "update files set verdict = ?, reason = ?, contracts = ?"
                " where dataset = ? and sha256 = ?",
                [(f.verdict, f.reason, f.contracts, f.dataset, f.sha256) for f in files],
            )

    def state(self, batch_id: str) -> str | None:
        """The state of a batch, None for one that is not registered."""
        with self._transaction() as db:
            row = db.execute("select state from batches where batch_id = ?", (batch_id,)).fetchone()
        return str(row[0]) if row else None

    def batches_in(self, state: str) -> list[str]:
        """The batches in a state, in order of their sequence."""
        with self._transaction() as db:
            rows = db.execute(
                "select batch_id from batches where state = ? order by sequence", (state,)
            ).fetchall()
        return [str(row[0]) for row in rows]

    def draw_fence(self) -> int:
        """A publication number that only grows; every attempt draws anew."""
        with self._transaction() as db:
            db.execute("update fence set number = number + 1")
            return int(db.execute("select number from fence").fetchone()[0])


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)

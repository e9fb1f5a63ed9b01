"""A lake in a folder looked at from outside."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spark_jobs.batch.received import Judgement, Registration
from spark_jobs.batch.registry import Registry
from spark_jobs.facts.errors import TransientError, UsageError
from spark_jobs.facts.words import Verdict
from spark_jobs.watch import lake_folder
from spark_jobs.watch.lake_folder import LakeFolderSource
from spark_jobs.watch.sight import End, Mark, Sight

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """The lake's registry, as a run of this process keeps it."""
    (tmp_path / "lock").write_text(json.dumps({"pid": os.getpid()}))
    return Registry(tmp_path / "registry.db")


@pytest.fixture
def source(tmp_path: Path) -> LakeFolderSource:
    return LakeFolderSource(tmp_path)


def register(registry: Registry, batch_id: str) -> None:
    names = ("orders", "order_items")
    registry.register(batch_id, [Registration(n, f"{batch_id}{n}", n, NOW) for n in names])


def marks(sight: Sight) -> str:
    return "".join(step.mark[0] for step in sight.steps)


def verdict(path: Path, said: str) -> None:
    totals = {"records": 2, "staged": 1, "quarantined": 1, "in_rejected_file": 0}
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"verdict": said, "totals": totals, "files": [{"verdict": said}]}
    created = {"created_at": NOW.isoformat(), "durations": {"split": 1.5}}
    path.write_text(json.dumps(document | created))


def test_a_batch_goes_through_its_states(
    source: LakeFolderSource, registry: Registry, tmp_path: Path
) -> None:
    register(registry, "b1")
    assert (source.newest(), source.choose("b1")) == ("b1", "b1")
    sight = source.look("b1")
    assert (sight.state, marks(sight), sight.end) == ("open", "dnaa", None)
    assert sight.steps[0].note == "2 files: 1 order_items, 1 orders"

    verdict(tmp_path / "staged/b1/verdict.json", "partial")
    registry.set_state("b1", "validated", "partial")
    sight = source.look("b1")
    assert (marks(sight), sight.verdict) == ("ddna", Verdict.PARTIAL)
    assert "2 records = 1 staged + 1 quarantined" in sight.steps[1].note

    registry.finish("b1", "partial", [Judgement("orders", "b1orders", "partial", "", "c")])
    sight = source.look("b1")
    assert (marks(sight), sight.end) == ("dddd", End.DONE)
    assert source.choose("b1") is None


def test_a_rejected_validation_is_marked(
    source: LakeFolderSource, registry: Registry, tmp_path: Path
) -> None:
    register(registry, "b1")
    verdict(tmp_path / "verdicts/b1/verdict.json", "rejected")
    registry.finish("b1", "rejected", [])
    sight = source.look("b1")
    assert (sight.steps[1].mark, sight.verdict) == (Mark.WRONG, Verdict.REJECTED)


def test_a_batch_that_was_missed_is_found_after_its_end(
    source: LakeFolderSource, registry: Registry
) -> None:
    for batch_id in ("b1", "b2", "b3"):
        register(registry, batch_id)
        registry.finish(batch_id, "accepted", [])
    assert source.choose("b1") == "b2"
    assert source.choose("b1", {"b2"}) == "b3"
    assert source.choose(None) == "b1"


def test_an_abandoned_batch_has_ended(source: LakeFolderSource, registry: Registry) -> None:
    register(registry, "b1")
    registry.set_state("b1", "abandoned")
    assert source.look("b1").end is End.ABANDONED
    assert source.choose(None) is None


def test_what_a_dead_run_left_does_not_run(
    source: LakeFolderSource, registry: Registry, tmp_path: Path
) -> None:
    register(registry, "b1")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "lock").write_text(json.dumps({"pid": gone.pid}))
    assert source.choose(None) is None
    assert "is gone" in source.look("b1").notices[0]


def test_an_unknown_batch_is_refused(source: LakeFolderSource, registry: Registry) -> None:
    register(registry, "b1")
    with pytest.raises(UsageError, match="there is no batch 'b2'"):
        source.look("b2")


def test_where_no_lake_is_yet_nothing_is_made(tmp_path: Path) -> None:
    source = LakeFolderSource(tmp_path / "lake")
    assert (source.newest(), source.choose(None), source.look(None)) == (None, None, Sight())
    assert not list(tmp_path.iterdir())


@pytest.fixture
def committing(tmp_path: Path, registry: Registry) -> Iterator[sqlite3.Connection]:
    """A run in the middle of a transaction."""
    register(registry, "b1")
    with closing(sqlite3.connect(tmp_path / "registry.db", isolation_level=None)) as db:
        db.execute("begin immediate")
        db.execute("update batches set state = 'validated'")
        yield db


def test_a_look_neither_waits_for_a_transaction_nor_holds_it_up(
    source: LakeFolderSource, committing: sqlite3.Connection
) -> None:
    began = time.monotonic()
    assert source.look("b1").state == "open"
    assert time.monotonic() - began < 1
    committing.execute("commit")
    assert source.look("b1").state == "validated"


def test_a_registry_that_stays_locked_is_told_as_passing(
    source: LakeFolderSource, committing: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_folder, "BUSY_SECONDS", 0.1)
    committing.execute("rollback")
    committing.execute("begin exclusive")
    with pytest.raises(TransientError, match="the registry cannot be read now"):
        source.look("b1")


def test_what_a_killed_commit_left_is_left_to_the_next_run(
    committing: sqlite3.Connection, tmp_path: Path
) -> None:
    committing.execute("pragma cache_size = 1")
    committing.executemany(
        "insert into batches (batch_id, state) values (?, 'open')",
        [(f"{number:01000}",) for number in range(1000)],
    )
    killed = tmp_path / "killed"
    killed.mkdir()
    for path in tmp_path.glob("registry.db*"):
        shutil.copy(path, killed)
    with pytest.raises(TransientError, match="the next `orders run` on this lake mends it"):
        LakeFolderSource(killed).look("b1")
    assert (killed / "registry.db-journal").stat().st_size
    assert Registry(killed / "registry.db").state("b1") == "open"
    assert LakeFolderSource(killed).look("b1").state == "open"


def test_looking_writes_nothing(
    source: LakeFolderSource, registry: Registry, tmp_path: Path
) -> None:
    register(registry, "b1")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    source.newest(), source.choose(None), source.look("b1"), source.look(None)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_table_that_was_committed_to_last_says_what_a_transform_does(
    source: LakeFolderSource, registry: Registry, tmp_path: Path
) -> None:
    register(registry, "b1")
    verdict(tmp_path / "staged/b1/verdict.json", "accepted")
    registry.set_state("b1", "validated", "accepted")
    for age, (table, version) in enumerate(
        {"batches": "1", "order_kpi_table": "2", "orders": "7"}.items()
    ):
        hint = tmp_path / "warehouse" / table / "metadata" / "version-hint.text"
        hint.parent.mkdir(parents=True)
        hint.write_text(version)
        os.utime(hint, (time.time() - age, time.time() - age))
    assert source.look("b1").steps[2].note == "publishing the KPIs"

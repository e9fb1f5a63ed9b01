"""What a lake remembers of contents and batches."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from spark_jobs.batch.received import Judgement, KnownFile, Registration
from spark_jobs.batch.registry import Registry

MORNING = datetime(2026, 6, 1, 8, tzinfo=UTC)
EVENING = datetime(2026, 6, 1, 20, tzinfo=UTC)
SHA = "a" * 64


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "deep" / "registry.db")


def a_content(
    sha256: str = SHA, *, dataset: str = "orders", name: str = "a.csv", at: datetime = MORNING
) -> Registration:
    return Registration(dataset, sha256, name, at)


def the_known(registry: Registry, sha256: str = SHA) -> KnownFile:
    [known] = registry.known([sha256])[sha256]
    return known


def test_nothing_is_known_of_a_content_that_was_never_received(registry: Registry) -> None:
    registry.register("b1", [a_content("b" * 64)])
    assert registry.known([SHA]) == {}
    assert registry.known([]) == {}


def test_a_registered_content_has_no_verdict_until_its_batch_is_finished(
    registry: Registry,
) -> None:
    registry.register("b1", [a_content()])
    assert the_known(registry) == KnownFile("orders", SHA, "a.csv", MORNING, "b1", None, None, None)
    said = Judgement("orders", SHA, "rejected", "empty_file", "marks")
    registry.finish("b1", "partial", [said])
    assert the_known(registry) == KnownFile(
        "orders", SHA, "a.csv", MORNING, "b1", "marks", "rejected", "empty_file"
    )
    assert registry.state("b1") == "done"


def test_the_first_received_at_and_name_of_a_content_stay(registry: Registry) -> None:
    registry.register("b1", [a_content()])
    registry.register("b2", [a_content(name="again.csv", at=EVENING)])
    known = the_known(registry)
    assert (known.received_at, known.name, known.batch_id) == (MORNING, "a.csv", "b2")


def test_a_time_is_kept_to_the_microsecond_and_in_utc(registry: Registry) -> None:
    moment = datetime(2026, 6, 1, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=5.5)))
    registry.register("b1", [a_content(at=moment)])
    known = the_known(registry).received_at
    assert known == moment
    assert known.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("verdict", "batch"), [("accepted", "b1"), ("partial", "b1"), ("rejected", "b2")]
)
def test_a_content_that_is_in_the_lake_stays_its_batchs_and_a_rejected_one_moves(
    registry: Registry, verdict: str, batch: str
) -> None:
    registry.register("b1", [a_content()])
    registry.finish("b1", verdict, [Judgement("orders", SHA, verdict, "", "marks")])
    registry.register("b2", [a_content()])
    assert the_known(registry).batch_id == batch


def test_one_content_may_be_two_datasets(registry: Registry) -> None:
    registry.register("b1", [a_content(), a_content(dataset="products", at=EVENING)])
    known = registry.known([SHA])[SHA]
    assert {(k.dataset, k.received_at) for k in known} == {
        ("orders", MORNING),
        ("products", EVENING),
    }


def test_sequences_grow_and_a_batch_keeps_its_own(registry: Registry) -> None:
    first, second, again, third = (registry.register(b, []) for b in ("b1", "b2", "b1", "b3"))
    assert first == again
    assert first < second < third


def test_a_batch_goes_from_open_over_validated_to_done(registry: Registry) -> None:
    for name in ("b2", "b1"):
        registry.register(name, [])
    assert registry.batches_in("open") == ["b2", "b1"]
    registry.set_state("b1", "validated", "accepted")
    assert (registry.batches_in("open"), registry.batches_in("validated")) == (["b2"], ["b1"])
    registry.set_state("b2", "abandoned")
    assert registry.state("b2") == "abandoned"
    assert registry.state("b9") is None


def test_an_unknown_state_is_refused_and_changes_nothing(registry: Registry) -> None:
    registry.register("b1", [])
    with pytest.raises(sqlite3.IntegrityError):
        registry.set_state("b1", "finished")
    assert registry.state("b1") == "open"


def test_what_fails_half_way_is_not_there_at_all(registry: Registry) -> None:
    nameless = Registration("orders", "b" * 64, None, MORNING)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        registry.register("b1", [a_content(), nameless])
    assert registry.state("b1") is None
    assert registry.known([SHA]) == {}


def test_the_fence_only_grows_also_over_restarts_and_threads(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    first = [Registry(path).draw_fence() for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: Registry(path).draw_fence(), range(20)))
    assert first == [1, 2, 3]
    assert sorted(drawn) == list(range(4, 24))


def test_a_process_that_dies_within_a_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    registry = Registry(path)
    script = (
        "import os, sys; from pathlib import Path;"
        "from spark_jobs.batch.registry import Registry;"
        "r = Registry(Path(sys.argv[1]));\n"
        "with r._transaction() as db:\n"
        "    db.execute('update fence set number = 99'); os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", script, str(path)], check=False, cwd=Path.cwd())
    assert died.returncode == -9
    assert registry.draw_fence() == 1

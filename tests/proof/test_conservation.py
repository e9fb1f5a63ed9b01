"""Conservation: every record read is staged, quarantined, or in a file rejected whole."""

import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spark_jobs.facts.violations import FileCode
from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline import RunOptions, run_batch
from spark_jobs.session import Engine
from tests.builders import a_product, a_shop_file, an_item, an_order
from tests.oracle.oracle import utc
from tests.proof.harness import assert_conserved, assert_settled, lake_of
from tests.proof.hostile_corpus import SCENARIOS, HostileRun, expected

RECEIVED = RunOptions(received_at=utc("2025-06-01 00:00"))


def test_the_corpus_has_at_least_sixty_files() -> None:
    assert len(SCENARIOS) >= 60


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_hostile_file_has_the_expected_outcome(hostile_run: HostileRun, scenario: str) -> None:
    outcome = expected(scenario)
    file = hostile_run.verdict(scenario)
    quarantined = hostile_run.quarantined(scenario)
    codes = {violation.split(":")[0] for row in quarantined for violation in row["violations"]}
    codes |= {problem.code for problem in file.problems}
    got = {
        "verdict": str(file.verdict),
        "records": file.records,
        "staged": file.staged,
        "quarantined": file.quarantined,
        "codes": sorted(codes),
    }
    wanted = {name: outcome[name] for name in got}
    if wanted["records"] is None:
        wanted["records"] = file.records
    wanted["codes"] = sorted(_met(wanted["codes"], codes))
    assert got == wanted, file
    assert len(quarantined) == file.quarantined


def test_the_sums_of_the_hostile_batch_hold(engine: Engine, hostile_run: HostileRun) -> None:
    assert_conserved([hostile_run.report])
    assert_settled(engine, hostile_run.lake)


def test_every_quarantined_record_says_where_it_stood_and_why(hostile_run: HostileRun) -> None:
    assert hostile_run.quarantine
    for row in hostile_run.quarantine:
        assert row["line"] >= 1
        assert row["record"] >= 1
        assert row["violations"]
        assert all(re.match(r"[a-z_]+: .", violation) for violation in row["violations"]), row
    places = Counter((row["file"], row["record"]) for row in hostile_run.quarantine)
    assert max(places.values()) == 1


def _met(wanted: list[str], codes: set[str]) -> list[str]:
    """The expected codes, each choice `a|b` as the one that was met."""
    return [next((c for c in choice.split("|") if c in codes), choice) for choice in wanted]


Edit = tuple[int, int, bytes]
"""Where (per mille of the file), how many bytes are taken out, and what is put in."""

NASTY = (
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b",",
    b";",
    b"\xff",
    b"\xc3",
    b"\x1f\x8b",
    b"\xef\xbb\xbf",
    b"'",
)
edits = st.tuples(
    st.integers(0, 1000),
    st.integers(0, 12),
    st.one_of(st.sampled_from(NASTY), st.binary(max_size=12), st.text(max_size=4).map(str.encode)),
)


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(damage=st.lists(st.lists(edits, min_size=1, max_size=3), min_size=20, max_size=40))
def test_random_bytes_in_good_files_lose_no_record(
    sail_engine: Engine, damage: list[list[Edit]]
) -> None:
    _conserves(sail_engine, damage)


def _conserves(engine: Engine, damage: list[list[Edit]]) -> None:
    with tempfile.TemporaryDirectory(prefix="orders-damage-") as name:
        landing, lake = Path(name) / "landing", Path(name) / "lake"
        contents = {}
        for number, changes in enumerate(damage):
            path = _a_good_file(landing, number)
            content = _damaged(path.read_bytes(), changes)
            path.write_bytes(content)
            contents[path.relative_to(landing).as_posix()] = content
        report = run_batch(engine, landing, lake, options=RECEIVED)
        told = [file.name for file in (*report.files, *report.skipped)]
        ignored = [name for name, _ in report.ignored]
        assert set(told) | set(ignored) == contents.keys()
        assert_conserved([report])
        assert_settled(engine, lake)
        rows = lake_of(engine, lake).read("quarantine").select("file", "record").collect()
        counted = Counter(row["file"] for row in rows)
        for file in report.files:
            assert counted[file.name] == file.quarantined, file
            lines = _records_by_lines(contents[file.name])
            whole = {problem.code for problem in file.problems} - {FileCode.TOO_MANY_BAD_RECORDS}
            if lines is not None and not whole and file.verdict is not Verdict.SKIPPED:
                assert file.records == lines, file


def _a_good_file(landing: Path, number: int) -> Path:
    first = 1000 * number
    ids = [str(first + i) for i in range(40)]
    kind = ("orders", "order_items", "products")[number % 3]
    records = {
        "orders": [an_order(i) for i in ids],
        "order_items": [an_item(i, i) for i in ids],
        "products": [a_product(i) for i in ids],
    }[kind]
    return a_shop_file(landing / kind / f"part{number}.csv", records)


def _damaged(content: bytes, changes: list[Edit]) -> bytes:
    for place, taken, given_bytes in changes:
        at = len(content) * place // 1000
        content = content[:at] + given_bytes + content[at + taken :]
    return content


def _records_by_lines(content: bytes) -> int | None:
    """The records of a file in which no quote can hide a line break; None for others."""
    if b'"' in content or content[:2] in (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff"):
        return None
    lines = re.split(rb"\r\n|\n|\r", content.removeprefix(b"\xef\xbb\xbf"))
    return max(0, len([line for line in lines if line.strip(b" \t")]) - 1)

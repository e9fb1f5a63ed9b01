"""The failure matrix: its rows are whole, their tests are collected, and nothing is left out.

Left out is neither a case end to end, nor what was asked for (`faults.toml`), nor an effect.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from spark_jobs.facts.effects import AwsEffect, Effect
from tests.conftest import COLLECTED

ROOT = Path(__file__).resolve().parents[2]
HEADER = ["what happens", "what you see", "what to do", "test"]
OF_THE_HARNESS = {
    "test_words.py",
    "test_calls.py",
    "test_checker.py",
    "test_inventory.py",
    "test_in_containers.py",
}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FAULTS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("faults.toml").read_text("utf-8")
)
"""What was asked for and the case that shows it ("": the row's tests as a whole), by row."""
KILLS = ("A task is killed at any moment", "The process is killed")
"""The rows of all effects."""
Cases = Callable[[str], list[str]]


def tables() -> list[list[str]]:
    """All lines of the document's tables, as cells."""
    text = (ROOT / "docs" / "failure-matrix.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rows() -> list[list[str]]:
    """The tables' rows, without headers."""
    return [row for row in tables() if row != HEADER and set(row[0]) != {"-"}]


@cache
def evidence() -> dict[str, list[tuple[str, str]]]:
    """File and name of each row's tests, by what happens."""
    return {row[0]: TEST.findall(row[-1]) for row in rows()}


@cache
def collect(paths: tuple[str, ...]) -> list[str]:
    """What pytest collects of these files, whatever their marks."""
    command = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-m", "")
    listed = subprocess.run(
        [*command, *paths], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert listed.returncode == 0, listed.stdout[-3000:]
    return listed.stdout.splitlines()


@pytest.fixture(scope="module")
def cases(pytestconfig: pytest.Config) -> Cases:
    """Gives the cases of a row's tests; what this run has not collected is collected apart."""
    collected: list[str] = pytestconfig.stash[COLLECTED]
    known = set(collected)
    named = {one for tests in evidence().values() for one in tests}
    missing = {path for path, name in named if not cases_of(known, [(path, name)])}
    files = tuple(sorted(path for path in missing if (ROOT / path).is_file()))
    known |= set(collect(files)) if files else set()
    return lambda row: cases_of(known, evidence()[row])


def cases_of(known: Iterable[str], tests: Iterable[tuple[str, str]]) -> list[str]:
    """The cases of these tests, each with its parameters."""
    names = {f"{path}::{name}" for path, name in tests}
    return [node for node in known if node.partition("[")[0] in names]


def names_it(case: str, word: str) -> bool:
    """Whether a word stands among a case's parameters, as a whole."""
    return bool(re.search(rf"(?<![\w:]){re.escape(word)}(?!\w)", case.partition("[")[2]))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_is_whole_and_its_tests_are_collected(row: list[str], cases: Cases) -> None:
    assert len(row) == len(HEADER)
    assert all(row)
    assert evidence()[row[0]]
    assert TEST.sub("", row[-1]).strip() == ""
    found = {case.partition("[")[0] for case in cases(row[0])}
    assert {f"{path}::{name}" for path, name in evidence()[row[0]]} - found == set()


def test_no_two_rows_are_about_the_same() -> None:
    assert len(evidence()) == len(rows())


@pytest.mark.parametrize("row", FAULTS)
def test_what_was_asked_for_has_its_row_and_its_case(row: str, cases: Cases) -> None:
    assert row in evidence()
    assert FAULTS[row]
    asked = {word for word in FAULTS[row].values() if word}
    assert {word for word in asked if not any(names_it(case, word) for case in cases(row))} == set()


def test_every_effect_of_a_run_is_a_case_before_and_after(cases: Cases) -> None:
    for row, when in zip(KILLS, ("before", "after"), strict=True):
        killed = [case for case in cases(row) if f"killed_{when}_an_effect" in case]
        assert [e for e in Effect if not any(names_it(case, e) for case in killed)] == []


def test_every_effect_on_aws_is_a_moment_of_the_rows_tests() -> None:
    files = {path for path, _ in evidence()[KILLS[0]]}
    text = "".join((ROOT / path).read_text("utf-8") for path in files)
    assert [e for e in AwsEffect if not re.search(rf"(before|after):{e}\b", text)] == []


@cache
def functions_of(path: str) -> set[str]:
    """The test functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_case_end_to_end_has_a_row() -> None:
    named = {one for tests in evidence().values() for one in tests}
    cases = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "tests" / "e2e").glob("test_*.py")
        if path.name not in OF_THE_HARNESS
        for name in functions_of(path.relative_to(ROOT).as_posix())
        if name.startswith("test_")
    }
    assert sorted(cases - named) == []

"""The failure matrix: its rows are whole, their tests exist, and no case end to end is left out."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = ["what happens", "what you see", "what to do", "test"]
OF_THE_HARNESS = {"test_words.py", "test_checker.py", "test_inventory.py"}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def tables() -> list[list[str]]:
    """All lines of the document's tables, as cells."""
    text = (ROOT / "docs" / "failure-matrix.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rows() -> list[list[str]]:
    """The tables' rows, without headers."""
    return [row for row in tables() if row != HEADER and set(row[0]) != {"-"}]


@cache
def functions_of(path: str) -> set[str]:
    """The test functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_is_whole_and_its_tests_exist(row: list[str]) -> None:
    assert len(row) == len(HEADER)
    assert all(row)
    named = TEST.findall(row[-1])
    assert named
    assert TEST.sub("", row[-1]).strip() == ""
    for path, name in named:
        assert (ROOT / path).is_file(), path
        assert name in functions_of(path), f"{path} has no {name}"


def test_every_case_end_to_end_has_a_row() -> None:
    named = {one for row in rows() for one in TEST.findall(row[-1])}
    cases = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "tests" / "e2e").glob("test_*.py")
        if path.name not in OF_THE_HARNESS
        for name in functions_of(path.relative_to(ROOT).as_posix())
        if name.startswith("test_")
    }
    assert sorted(cases - named) == []

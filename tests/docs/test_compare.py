"""The comparison in the README is what `python -m scripts.compare` finds."""

from decimal import Decimal
from pathlib import Path

import pytest

from scripts.compare.__main__ import answer_of
from scripts.compare.runs import WAYS, Script
from scripts.compare.shop import situations
from scripts.compare.table import Answer, cell, markdown
from tests.docs.shown import text_of


def rows_of_the_readme() -> dict[str, list[str]]:
    """The cells of each row of the comparison, by what happened."""
    section = text_of("README.md").partition("## Why not")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return {first.strip(): [text.strip() for text in rest] for first, *rest in lines}


def test_the_readme_shows_every_situation_with_what_is_right() -> None:
    shown = {told: cells[0] for told, cells in rows_of_the_readme().items()}
    right = {situation.told: f"{situation.right:,.2f}" for situation in situations()}
    assert {told: shown[told] for told in right} == right


@pytest.mark.parametrize("way", [w for w in WAYS if isinstance(w, Script)], ids=lambda w: w.way)
def test_a_late_status_gives_what_the_readme_shows(way: Script, tmp_path: Path) -> None:
    late = next(situation for situation in situations() if situation.name == "late")
    column = [w.title for w in WAYS].index(way.title) + 1
    answer = answer_of(way, late, tmp_path)
    assert cell(answer, late.right) == rows_of_the_readme()[late.told][column]


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (Answer(Decimal("200.00")), "200.00 (right)"),
        (Answer(Decimal("1234.50")), "1,234.50 (+517.3 %)"),
        (Answer(Decimal("100.00"), stopped=True), "100.00 (-50.0 %, the run stopped)"),
        (Answer(None), "no row, and no error (-100 %)"),
        (Answer(None, stopped=True), "no row: the run stopped"),
    ],
)
def test_a_cell_says_how_far_off_the_answer_is(answer: Answer, shown: str) -> None:
    assert cell(answer, Decimal("200.00")) == shown


def test_the_table_is_aligned_for_reading_as_text() -> None:
    table = markdown(["a", "right"], [["long text", "1"], ["b", "22"]])
    assert len({len(line) for line in table.splitlines()}) == 1

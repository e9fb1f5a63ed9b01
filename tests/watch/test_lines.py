"""How a batch's end is shown as lines."""

from __future__ import annotations

import pytest

from spark_jobs.cli.watching import LinesView
from spark_jobs.watch.sight import End, Sight


def test_what_waits_behind_a_batch_is_told_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    view = LinesView()
    view.end(Sight("b1", end=End.DONE, behind=1), None, ["Days changed: 1"])
    assert capsys.readouterr().out.splitlines()[-1].strip() == "waiting behind it: 1 batch"
    view.end(Sight("b1", end=End.DONE), None, ["Days changed: 1"])
    assert capsys.readouterr().out.splitlines()[-1].strip() == "Days changed: 1"


@pytest.mark.parametrize(
    ("runs", "how"), [(True, "which runs already"), (False, "which waits for its turn")]
)
def test_the_next_batch_is_named_at_the_end_of_one(
    capsys: pytest.CaptureFixture[str], runs: bool, how: str
) -> None:
    view = LinesView()
    view.end(Sight("b1", end=End.DONE, following="b2", following_runs=runs), None, ["one"])
    assert capsys.readouterr().out.splitlines()[-1].strip() == f"next: batch b2, {how}"

"""Months as conditions that prune."""

import pytest

from spark_jobs.lake.catalog import in_months, runs


@pytest.mark.parametrize(
    ("months", "spans"),
    [
        ([], []),
        (["2025-03"], [("2025-03", "2025-03")]),
        (["2025-01", "2024-12", "2024-11"], [("2024-11", "2025-01")]),
        (["2025-03", "2025-05", "2025-05"], [("2025-03", "2025-03"), ("2025-05", "2025-05")]),
        (["2024-01", "2025-01"], [("2024-01", "2024-01"), ("2025-01", "2025-01")]),
    ],
    ids=["none", "one", "over a new year", "with a gap", "a year apart"],
)
def test_months_without_a_gap_are_one_span(months: list[str], spans: list[tuple[str, str]]) -> None:
    assert runs(months) == spans


def test_no_month_is_no_row() -> None:
    assert in_months("m", ()) == "false"


def test_only_the_undated_are_asked_for_by_null() -> None:
    assert in_months("m", (), undated=True) == "(m IS NULL)"


def test_spans_and_the_undated_stand_beside_each_other() -> None:
    assert in_months("m", ["2025-05", "2025-03", "2025-04", "2025-07"], undated=True) == (
        "((m >= '2025-03' AND m <= '2025-05') OR m = '2025-07' OR m IS NULL)"
    )

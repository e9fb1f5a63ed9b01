"""Ratios, targets and the table of the benchmark."""

import pytest

from scripts.bench.figures import Row, Target, middle, ratio, table
from scripts.bench.same import difference


@pytest.mark.parametrize(
    ("ours", "theirs", "without", "both", "expected"),
    [
        pytest.param(12.0, 4.0, 0.0, False, 3.0, id="plain"),
        pytest.param(12.0, 4.0, 2.0, False, 2.5, id="the import leaves our side"),
        pytest.param(12.0, 4.0, 2.0, True, 5.0, id="the import leaves both sides"),
    ],
)
def test_a_ratio_leaves_out_what_does_not_count(
    ours: float, theirs: float, without: float, both: bool, expected: float
) -> None:
    assert ratio(ours, theirs, without=without, both=both) == expected


@pytest.mark.parametrize(
    ("ours", "theirs"), [pytest.param(2.0, 9.0, id="ours"), pytest.param(9.0, 2.0, id="theirs")]
)
def test_a_ratio_of_nothing_is_refused(ours: float, theirs: float) -> None:
    with pytest.raises(ValueError, match="nothing is left"):
        ratio(ours, theirs, without=2.0, both=True)


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        pytest.param(Target(3), 3.0, True, id="the bound itself"),
        pytest.param(Target(3), 3.01, False, id="above what it may be"),
        pytest.param(Target(8, at_least=True), 8.0, True, id="the least"),
        pytest.param(Target(8, at_least=True), 7.99, False, id="below what it must be"),
    ],
)
def test_a_target_is_met_up_to_its_bound(target: Target, value: float, met: bool) -> None:
    assert Row("a", figure=value, target=target).met is met


def test_nothing_is_met_where_nothing_was_measured_or_aimed_at() -> None:
    assert Row("a", figure=1.0).met is None
    assert Row("a", target=Target(3)).met is None


@pytest.mark.parametrize(
    ("values", "position"),
    [
        pytest.param([5.0], 0, id="one"),
        pytest.param([9.0, 1.0], 1, id="the lower of two"),
        pytest.param([9.0, 5.0, 1.0], 1, id="of three"),
        pytest.param([4.0, 1.0, 3.0, 2.0], 3, id="the lower in the middle of four"),
    ],
)
def test_the_median_is_one_of_the_runs(values: list[float], position: int) -> None:
    assert middle(values) == position


def test_the_table_is_aligned_and_says_what_was_met() -> None:
    rows = [
        Row("10x DuckDB script", 4.04, 7.5, 1500.4),
        Row("10x everything", 12.0, 20.0, 2000.0, 2.97, "x DuckDB", Target(4), "less the import"),
        Row("on Apache Spark", 60.0, 100.0, None, 5.0, "x Sail", Target(8, at_least=True)),
        Row("50x", note="skipped: not asked for"),
    ]
    assert table(rows).splitlines() == [
        "what               seconds  cpu s  peak MB  figure         target      met",
        "-----------------  -------  -----  -------  -------------  ----------  ---",
        "10x DuckDB script      4.0    7.5    1,500",
        "10x everything        12.0   20.0    2,000  2.97 x DuckDB  at most 4   yes",
        "on Apache Spark       60.0  100.0           5.00 x Sail    at least 8  NO",
        "50x",
        "",
        "- 10x everything: less the import",
        "- 50x: skipped: not asked for",
    ]


def test_tables_that_say_the_same_in_other_digits_do_not_differ() -> None:
    ours = ["day,rate,category\n", '2025-03-08,0.5000,"a, b"\n', "2025-03-09,0,c\n"]
    peers = ["day,rate,category\n", '2025-03-08,0.5,"a, b"\n', "2025-03-09,0.00,c\n"]
    assert difference(ours, peers) is None


@pytest.mark.parametrize(
    ("ours", "peers", "told"),
    [
        pytest.param(["d", "0.01"], ["d", "0.02"], "row 2: ours 0.01, the peer's 0.02", id="value"),
        pytest.param(["d", "1"], ["d"], "row 2: ours 1, the peer's ends", id="one row more"),
        pytest.param(["d"], ["d", "1"], "row 2: ours ends, the peer's 1", id="one row less"),
        pytest.param(["d,e"], ["e,d"], "row 1", id="other columns"),
    ],
)
def test_the_first_difference_is_told(ours: list[str], peers: list[str], told: str) -> None:
    assert (difference(ours, peers) or "").startswith(told)

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from spark_jobs.kpis.ratios import LARGEST_DENOMINATOR, LARGEST_NUMERATOR, rate, ratio
from spark_jobs.session import Engine

CENTS = st.integers(-(10**15), 10**15).map(lambda cents: Decimal(cents).scaleb(-2))
COUNTS = st.one_of(st.integers(0, 20), st.integers(0, 10**9), st.integers(0, 10**18))

LARGEST = f"{LARGEST_NUMERATOR // 100}"


def by_hand(numerator: Decimal, denominator: int, digits: int) -> Decimal:
    if denominator == 0:
        return Decimal(0).quantize(Decimal(1).scaleb(-digits))
    # Whole numbers: the default context of 28 digits would round twice.
    scaled = int(abs(numerator) * 10**digits)
    rounded = (2 * scaled + denominator) // (2 * denominator)
    return Decimal(rounded if numerator > 0 else -rounded).scaleb(-digits)


def one(engine: Engine, numerator: str, denominator: str, digits: int) -> Decimal | None:
    column = ratio(F.expr(numerator), F.expr(denominator), digits)
    value: Decimal | None = engine.spark.range(1).select(column).collect()[0][0]
    return value


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pairs=st.lists(st.tuples(CENTS, COUNTS), min_size=1, max_size=300),
    digits=st.sampled_from([2, 4]),
)
def test_a_ratio_is_that_of_whole_numbers(
    engine: Engine, pairs: list[tuple[Decimal, int]], digits: int
) -> None:
    # With four digits the bound on the numerator lies at 4·10^14.
    pairs = [(a.scaleb(-1).quantize(Decimal("0.01")) if digits == 4 else a, b) for a, b in pairs]
    frame = engine.spark.createDataFrame(
        [(n, a, b) for n, (a, b) in enumerate(pairs)], "n int, a decimal(38,2), b bigint"
    )

    found = frame.select("n", ratio(F.col("a"), F.col("b"), digits).alias("r")).orderBy("n")

    assert found.schema["r"].dataType.simpleString() == f"decimal(38,{digits})"
    assert [row.r for row in found.collect()] == [by_hand(a, b, digits) for a, b in pairs]


@pytest.mark.parametrize("numerator", range(50))
def test_the_sum_by_hand_agrees_with_decimal(numerator: int) -> None:
    for denominator in range(1, 50):
        exact = Decimal(numerator) / Decimal(denominator)
        assert by_hand(Decimal(numerator), denominator, 4) == exact.quantize(
            Decimal("0.0001"), ROUND_HALF_UP
        )


@pytest.mark.parametrize(
    ("numerator", "denominator", "digits", "wanted"),
    [
        pytest.param("2", "3", 4, "0.6667", id="not-truncated"),
        pytest.param("1", "8", 2, "0.13", id="half-up"),
        pytest.param("-1", "8", 2, "-0.13", id="half-away-from-zero"),
        pytest.param("5", "0", 2, "0.00", id="by-zero"),
        pytest.param("cast(null as bigint)", "3", 2, None, id="null-numerator"),
        pytest.param("cast(1 as bigint)", "cast(null as bigint)", 2, None, id="null-denominator"),
        pytest.param("10000000000000.00", "3", 2, "3333333333333.33", id="10^15-cents"),
        pytest.param(LARGEST, "1", 2, "40000000000000000.00", id="largest-numerator"),
        pytest.param("1", f"{LARGEST_DENOMINATOR}", 2, "0.00", id="largest-denominator"),
    ],
)  # fmt: skip
def test_ratios_at_the_edges(
    engine: Engine, numerator: str, denominator: str, digits: int, wanted: str | None
) -> None:
    assert one(engine, numerator, denominator, digits) == (Decimal(wanted) if wanted else None)


@pytest.mark.parametrize(
    ("numerator", "denominator"),
    [
        pytest.param(f"cast({LARGEST_NUMERATOR // 100 + 1} as bigint)", "1", id="numerator"),
        pytest.param("1", f"{LARGEST_DENOMINATOR + 1}", id="denominator"),
        pytest.param("1", "-1", id="negative-denominator"),
    ],
)
def test_what_would_overflow_fails_instead(
    engine: Engine, numerator: str, denominator: str
) -> None:
    with pytest.raises(Exception, match="the sums are not plausible"):
        one(engine, numerator, denominator, 2)


def test_digits_that_would_cut_the_numerator_are_refused() -> None:
    with pytest.raises(ValueError, match="digits is 1; use 2 to 6"):
        ratio(F.lit(1), F.lit(1), 1)


def test_a_rate_has_the_type_of_the_tables(engine: Engine) -> None:
    frame = engine.spark.range(1).select(rate(F.lit(68), F.lit(286)).alias("r"))

    assert frame.schema["r"].dataType.simpleString() == "decimal(5,4)"
    assert frame.collect()[0].r == Decimal("0.2378")

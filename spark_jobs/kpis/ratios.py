"""Exact ratios: whole numbers all the way, for decimal division differs between the engines."""

from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F

LARGEST_NUMERATOR = 4 * 10**18
"""In units of the last digit asked for: with two digits, 4·10^16 of a currency."""
LARGEST_DENOMINATOR = 10**18
NUMERATOR_DIGITS = 2
MOST_DIGITS = 6


def ratio(numerator: Column, denominator: Column, digits: int) -> Column:
    """The numerator ÷ denominator as decimal(38, digits), half up (away from zero).

    `(2·a·10ⁿ + b) div (2·b)` in 64-bit integers is right on both engines; decimal division is
    not on Sail, and a double is wrong now and then on both. NULL gives NULL, a denominator
    of zero 0.

    Args:
        numerator: A whole number, or money with at most two decimals; any sign.
        denominator: A count: a whole number, never negative.
        digits: Decimals of the result, 2 to 6.

    Raises:
        ValueError: `digits` outside of 2 to 6.
        Exception: The engine's own, when a row exceeds LARGEST_NUMERATOR or LARGEST_DENOMINATOR
            (Sail would wrap around silently), or a denominator is negative.
    """
    if not NUMERATOR_DIGITS <= digits <= MOST_DIGITS:
        raise ValueError(f"digits is {digits}; use 2 to 6, for numerators have two decimals")
    exact = numerator.cast(f"decimal(38,{NUMERATOR_DIGITS})") * F.lit(Decimal(10**digits))
    scaled = exact.cast("bigint")
    divisor = denominator.cast("bigint")
    size = _guarded(F.abs(scaled), LARGEST_NUMERATOR, "numerator")
    # Engines may evaluate a branch that `when` does not take: never divide by zero at all.
    safe = F.greatest(_guarded(divisor, LARGEST_DENOMINATOR, "denominator"), F.lit(1))
    quotient = F.call_function("div", size * 2 + safe, safe * 2)
    signed = F.when(scaled < 0, -quotient).otherwise(quotient)
    whole = F.when(divisor == 0, F.lit(0).cast("bigint")).when(divisor.isNotNull(), signed)
    unit = F.lit(Decimal(1).scaleb(-digits))
    return (whole.cast("decimal(20,0)") * unit).cast(f"decimal(38,{digits})")


def _guarded(value: Column, largest: int, name: str) -> Column:
    message = f"a ratio's {name} lies outside of 0 to {largest}: the sums are not plausible"
    fault = F.raise_error(F.lit(message)).cast("bigint")
    return F.when((value < 0) | (value > largest), fault).otherwise(value)


def rate(part: Column, whole: Column) -> Column:
    """The part ÷ whole of two counts as decimal(5,4), half up; 0 where there is no whole."""
    return ratio(part, whole, 4).cast("decimal(5,4)")

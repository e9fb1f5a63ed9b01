"""What each way says of the day, beside what is right, as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Answer:
    """What one way says of the day.

    Args:
        revenue: None where there is no row.
        stopped: Whether a run ended with an error.
    """

    revenue: Decimal | None
    stopped: bool = False


def deviation(revenue: Decimal, right: Decimal) -> Decimal:
    """By how many percent `revenue` differs from `right`, one decimal, half up."""
    percent = (revenue - right) * 100 / right
    return percent.quantize(Decimal("0.1"), ROUND_HALF_UP)


def cell(answer: Answer, right: Decimal) -> str:
    """The answer for people: the amount, and how far it is off."""
    if answer.revenue is None:
        return "no row: the run stopped" if answer.stopped else "no row, and no error (-100 %)"
    percent = deviation(answer.revenue, right)
    told = "right" if answer.revenue == right else f"{percent:+} %"
    stopped = ", the run stopped" if answer.stopped else ""
    return f"{answer.revenue:,.2f} ({told}{stopped})"


def markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with its columns padded, so that it also reads as plain text."""
    lines = [list(titles), *(list(row) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(titles))]

    def shown(line: Sequence[str]) -> str:
        return "| " + " | ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([shown(lines[0]), rule, *(shown(line) for line in lines[1:])])

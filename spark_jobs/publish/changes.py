"""What a batch changed in the KPIs: told in alerts and reports, kept beside the verdict.

The document holds whole numbers as numbers and decimals as text, so that no reader rounds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

CHANGES_VERSION = 1
"""Of the document `changes.json`."""


@dataclass(frozen=True)
class DayChange:
    """A day whose KPIs changed; the KPIs by name, None where the day was or is not there."""

    order_date: date
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


@dataclass(frozen=True)
class CategoryChange:
    """A category whose KPIs changed.

    Args:
        days: On how many days.
        revenue_before: `daily_revenue` of these days together; 0 where there was none.
        revenue_after: The same, as it is now.
    """

    category: str
    days: int
    revenue_before: Decimal
    revenue_after: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much the revenue changed."""
        return self.revenue_after - self.revenue_before


@dataclass(frozen=True)
class KpiChanges:
    """Days and categories whose KPIs changed, each in order."""

    days: tuple[DayChange, ...] = ()
    categories: tuple[CategoryChange, ...] = ()


def together(earlier: KpiChanges, now: KpiChanges) -> KpiChanges:
    """What attempts of one batch changed: as it was before the first of them, as it is after all.

    An attempt that died may have published what the next finds unchanged. Where another batch has
    published between the two, a day may be told by both.
    """
    days = {day.order_date: day for day in earlier.days}
    for day in now.days:
        first = days.get(day.order_date, day)
        days[day.order_date] = replace(day, before=first.before)
    categories = {one.category: one for one in earlier.categories}
    for one in now.categories:
        begun = categories.get(one.category, one)
        # Fewer days are those that the dead attempt had still to publish: it has counted them.
        if begun.days <= one.days:
            categories[one.category] = replace(one, revenue_before=begun.revenue_before)
    return KpiChanges(
        tuple(days[day] for day in sorted(days)),
        tuple(categories[name] for name in sorted(categories)),
    )


def changes_document(batch_id: str, changes: KpiChanges) -> dict[str, Any]:
    """The changes as a JSON document."""
    return {
        "schema_version": CHANGES_VERSION,
        "batch_id": batch_id,
        "days": [
            {
                "order_date": day.order_date.isoformat(),
                "before": _exact(day.before),
                "after": _exact(day.after),
            }
            for day in changes.days
        ],
        "categories": [
            {
                "category": one.category,
                "days": one.days,
                "revenue_before": str(one.revenue_before),
                "revenue_after": str(one.revenue_after),
            }
            for one in changes.categories
        ],
    }


def changes_of(document: Mapping[str, Any]) -> KpiChanges | None:
    """The changes that a document tells; None where it is of another version."""
    if document.get("schema_version") != CHANGES_VERSION:
        return None
    return KpiChanges(
        tuple(
            DayChange(
                date.fromisoformat(day["order_date"]), _read(day["before"]), _read(day["after"])
            )
            for day in document["days"]
        ),
        tuple(
            CategoryChange(
                one["category"],
                one["days"],
                Decimal(one["revenue_before"]),
                Decimal(one["revenue_after"]),
            )
            for one in document["categories"]
        ),
    )


def _exact(values: Mapping[str, object] | None) -> dict[str, object] | None:
    if values is None:
        return None
    return {n: format(v, "f") if isinstance(v, Decimal) else v for n, v in values.items()}


def _read(values: Mapping[str, object] | None) -> dict[str, object] | None:
    if values is None:
        return None
    return {n: Decimal(v) if isinstance(v, str) else v for n, v in values.items()}

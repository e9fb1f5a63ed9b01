"""`changes.json`: what each batch is told to have changed is what the KPI tables hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from tests.e2e.account import Row
from tests.e2e.checker.expected import Expected
from tests.e2e.checker.kpis import values_of
from tests.e2e.observed import Observed

DAYS, CATEGORIES = "order_kpi_table", "category_kpi_table"
_COUNTED = re.compile(r"([0-9,]+) days? changed")


def each_transform_kept_its_changes(observed: Observed, _: Expected) -> Iterator[str]:
    """And its mails count the days that it names."""
    for row in observed.batches:
        batch_id, kept = row["sk"], observed.changes.get(row["sk"])
        if (row.get("transform_outcome") == "done") != (kept is not None):
            yield f"{batch_id} has {'no ' if kept is None else ''}changes.json"
        if kept is None:
            continue
        if kept["batch_id"] != batch_id:
            yield f"{batch_id}: its changes are those of {kept['batch_id']}"
        # Subjects are cut where they are too long; the first line of the text is not.
        texts = [mail.text for mail in observed.mails if f"batch {batch_id}" in mail.subject]
        counted = {found[1] for found in map(_COUNTED.search, texts) if found}
        if counted != {f"{len(kept['days']):,}"}:
            yield f"{batch_id} changed {len(kept['days'])} days, its mails say {sorted(counted)}"


def each_day_was_told_as_it_is(observed: Observed, _: Expected) -> Iterator[str]:
    """By the batch that its stamp names; what one batch alone has told is so now."""
    told = {
        batch_id: {day["order_date"]: day["after"] for day in kept["days"]}
        for batch_id, kept in observed.changes.items()
    }
    items = {item["order_date"]: item for item in observed.items[DAYS]}
    for day, item in items.items():
        batch_id = item["batch_id"]
        if not _same(told.get(batch_id, {}).get(day), item):
            yield f"{day} is not as {batch_id} has told it"
    tellers = Counter(day for days in told.values() for day in days)
    for batch_id, days in told.items():
        for day, after in days.items():
            if tellers[day] == 1 and not _same(after, items.get(day)):
                yield f"{day} is not as {batch_id} alone has told it"


def each_category_was_told_as_it_is(observed: Observed, _: Expected) -> Iterator[str]:
    """By name by the batch that its stamp names; in sum where one batch alone has told it."""
    told = {
        batch_id: {one["category"]: one for one in kept["categories"]}
        for batch_id, kept in observed.changes.items()
    }
    days: Counter[str] = Counter()
    revenue: Counter[str] = Counter()
    for item in observed.items[CATEGORIES]:
        category, batch_id = item["category"], item["batch_id"]
        days[category] += 1
        revenue[category] += item["daily_revenue"]
        if category not in told.get(batch_id, {}):
            yield f"{batch_id} has not told of {category!r} on {item['order_date']}"
    tellers = Counter(category for ones in told.values() for category in ones)
    for batch_id, ones in told.items():
        for category, one in ones.items():
            now = (days[category], Decimal(0), Decimal(revenue[category]))
            said = (one["days"], *(Decimal(one[f"revenue_{at}"]) for at in ("before", "after")))
            if tellers[category] == 1 and said != now:
                yield f"{category!r}: {batch_id} alone told (days, before, after) {said}, not {now}"


def _same(told: Row | None, item: Row | None) -> bool:
    if told is None or item is None:
        return told is item
    return values_of(DAYS, told) == values_of(DAYS, item)

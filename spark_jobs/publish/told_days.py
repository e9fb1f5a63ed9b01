"""Which days a batch changed and by how much, for people; the largest changes are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from spark_jobs.batch.notice import counted, listed
from spark_jobs.facts.words import Dataset
from spark_jobs.lake.receipts import Receipt

DAYS_SHOWN = 15


class ChangedDay(Protocol):
    """What is told of a `DayChange`."""

    @property
    def order_date(self) -> date:
        """The day."""

    @property
    def before(self) -> Mapping[str, object] | None:
        """Its KPIs, None where it was not there."""

    @property
    def after(self) -> Mapping[str, object] | None:
        """Its KPIs, None where it is not there any more."""


class Transformed(Protocol):
    """What is told of a `TransformReport`, which stands a layer above."""

    @property
    def changes(self) -> Sequence[ChangedDay]:
        """By day, in order."""

    @property
    def receipts(self) -> Mapping[tuple[Dataset, str], Receipt]:
        """By dataset and sha256 of the file."""

    @property
    def held(self) -> int:
        """Items in the lake whose order is not known."""

    @property
    def held_overdue(self) -> int:
        """Those that wait longer than they should."""

    @property
    def unknown_products(self) -> int:
        """Products that items name and the lake does not know."""


def told_days(changes: Sequence[ChangedDay]) -> list[str]:
    """The section on changed days, in their order; of many, those whose revenue changed most."""
    if not changes:
        return ["", "No day changed."]
    new = sum(1 for day in changes if day.before is None)
    total = sum((_difference(day, "total_revenue") for day in changes), Decimal(0))
    title = (
        f"Days changed: {len(changes):,} ({new:,} new, {len(changes) - new:,} corrected), "
        f"revenue {total:+,.2f} in all"
    )
    by_size = sorted(
        changes, key=lambda day: (-abs(_difference(day, "total_revenue")), day.order_date)
    )
    shown = sorted(by_size[:DAYS_SHOWN], key=lambda day: day.order_date)
    rest = len(changes) - len(shown)
    more = [f"  and {counted(rest, 'day')} that changed less"] if rest else []
    return listed(title, [_day(day) for day in shown], DAYS_SHOWN) + more


def _day(day: ChangedDay) -> str:
    if day.after is None:
        was = f"revenue {_money(day.before)}, {_orders(day.before)}"
        return f"{day.order_date} is empty now; it had {was}"
    if day.before is None:
        return f"{day.order_date} is new: revenue {_money(day.after)}, {_orders(day.after)}"
    if day.before == day.after:
        return f"{day.order_date}: the split by category changed, the day's sums did not"
    return f"{day.order_date}: {', '.join(_changed(day))}"


def _changed(day: ChangedDay) -> list[str]:
    """Revenue and orders, where they changed; where neither did, the KPIs that did."""
    said = []
    if by := _difference(day, "total_revenue"):
        said.append(f"revenue {_money(day.before)} -> {_money(day.after)} ({by:+,.2f})")
    if _difference(day, "total_orders"):
        said.append(f"orders {_number(day.before, 'total_orders'):,} -> {_orders(day.after)}")
    before, after = day.before or {}, day.after or {}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return said or [f"{name} {_plain(before, name)} -> {_plain(after, name)}" for name in names]


def _plain(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return "none" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _money(values: Mapping[str, object] | None) -> str:
    return f"{_number(values, 'total_revenue'):,.2f}"


def _orders(values: Mapping[str, object] | None) -> str:
    return counted(int(_number(values, "total_orders")), "order")


def _difference(day: ChangedDay, name: str) -> Decimal:
    return _number(day.after, name) - _number(day.before, name)


def _number(values: Mapping[str, object] | None, name: str) -> Decimal:
    """Exact: KPIs are decimals and whole numbers."""
    value = (values or {}).get(name)
    return Decimal(str(value)) if value is not None else Decimal(0)

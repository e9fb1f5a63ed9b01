"""The KPI tables: DynamoDB, lake and oracle say the same of every day and category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.e2e.account import KPI_TABLES, Row
from tests.e2e.checker.expected import Expected
from tests.e2e.observed import Observed
from tests.oracle.lake import marts

_KEYS = {"order_kpi_table": ("order_date",), "category_kpi_table": ("category", "order_date")}
_STAMPS = ("batch_id", "version", "updated_at")
_MARTS = ("product_daily", "category_daily", "region_daily")
MART_KEYS = {
    "product_daily": ("order_date", "product_id"),
    "category_daily": ("order_date", "category", "region"),
    "region_daily": ("order_date", "region"),
    "fulfilment_daily": ("order_date", "stage"),
}
_REVENUES = {"gross_revenue": "total_revenue", "net_revenue": "net_revenue"}
"""The oracle's name of each revenue of a mart."""
_SHOWN = 5
_NAMES = {
    "order_kpi_table": (
        *("total_orders", "cancelled_orders", "total_revenue", "net_revenue", "avg_order_value"),
        *("total_items_sold", "return_rate", "unique_customers"),
    ),
    "category_kpi_table": ("daily_revenue", "net_revenue", "avg_order_value", "avg_return_rate"),
}


def items_equal_the_oracle(observed: Observed, expected: Expected) -> Iterator[str]:
    """Every item of DynamoDB, number by number; no item more or less."""
    wanted: dict[str, dict[Any, Row]] = {
        "order_kpi_table": {(d,): row for d, row in expected.result.order_kpis.items()},
        "category_kpi_table": dict(expected.result.category_kpis),
    }
    for table in KPI_TABLES:
        found = {_key(table, item): values_of(table, item) for item in observed.items[table]}
        by_oracle = {k: values_of(table, row) for k, row in wanted[table].items()}
        yield from _differences(table, found, by_oracle, "the oracle")


def items_equal_the_lake(observed: Observed, _: Expected) -> Iterator[str]:
    """DynamoDB and Iceberg hold the same rows, with the same stamps."""
    for table in KPI_TABLES:
        rows = observed.tables.get(table, [])
        keys = Counter(_key(table, row) for row in rows)
        yield from (
            f"{table} of the lake has {_shown(k)} {n} times" for k, n in keys.items() if n > 1
        )
        found = {_key(table, i): values_of(table, i) | _stamp(i) for i in observed.items[table]}
        lake = {_key(table, row): values_of(table, row) | _stamp(row) for row in rows}
        yield from _differences(table, found, lake, "the lake")


def marts_add_up(observed: Observed, expected: Expected) -> Iterator[str]:
    """Each mart's gross and net revenue of a day are the oracle's."""
    wanted = {
        (day, name): row[total]
        for day, row in expected.result.order_kpis.items()
        for name, total in _REVENUES.items()
        if row[total]
    }
    for mart in _MARTS:
        found: Counter[tuple[date, str]] = Counter()
        for row in observed.tables.get(mart, []):
            for name in _REVENUES:
                found[row["order_date"], name] += row[name]
        totals = {key: total for key, total in found.items() if total}
        for key in sorted({key for key, _ in totals.items() ^ wanted.items()})[:_SHOWN]:
            yield f"{mart}, {_shown(key)} is {totals.get(key)}, the oracle says {wanted.get(key)}"


def marts_equal_the_oracle(observed: Observed, expected: Expected) -> Iterator[str]:
    """Every row of every mart that is stored, number by number."""
    for mart, wanted in marts(expected.result).items():
        rows = observed.tables.get(mart, [])
        keys = MART_KEYS[mart]
        each = Counter(tuple(row[name] for name in keys) for row in rows)
        yield from (f"{mart} has {_shown(key)} {n} times" for key, n in each.items() if n > 1)
        found = {tuple(row[name] for name in keys): row for row in rows}
        yield from _differences(mart, found, wanted, "the oracle")


def stamps_are_sane(observed: Observed, _: Expected) -> Iterator[str]:
    """Each item names a batch whose transform was done, and a fence that was drawn."""
    done = {row["sk"] for row in observed.batches if row.get("transform_outcome") == "done"}
    fence = max((int(row.get("fence", 0)) for row in observed.state.get("lease", [])), default=0)
    for table in KPI_TABLES:
        for item in observed.items[table]:
            where = f"{table} {_shown(_key(table, item))}"
            if item["batch_id"] not in done:
                yield f"{where}: batch {item['batch_id']} is none that was done"
            if not 1 <= item["version"] <= fence:
                yield f"{where}: version {item['version']}, the fence is {fence}"


def _differences(
    table: str, found: Mapping[Any, Row], wanted: Mapping[Any, Row], whose: str
) -> Iterator[str]:
    lines = [f"{_shown(k)} is missing" for k in sorted(wanted.keys() - found.keys())]
    lines += [f"{_shown(k)} is not {whose}'s" for k in sorted(found.keys() - wanted.keys())]
    lines += [
        f"{_shown(key)}: {name} is {found[key].get(name)}, {whose} says {value}"
        for key in sorted(found.keys() & wanted.keys())
        for name, value in wanted[key].items()
        if found[key].get(name) != value
    ]
    yield from (f"{table}: {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"{table}: {len(lines) - _SHOWN} more differences from {whose}"


def _key(table: str, row: Row) -> tuple[Any, ...]:
    key = [row[name] for name in _KEYS[table]]
    key[-1] = key[-1] if isinstance(key[-1], date) else date.fromisoformat(key[-1])
    return tuple(key)


def _shown(key: tuple[Any, ...]) -> str:
    return "/".join(str(part) for part in key)


def values_of(table: str, row: Row) -> Row:
    """The numbers of a row of a table of KPIs, whatever they are written as."""
    return {name: Decimal(row[name]) for name in _NAMES[table]}


def _stamp(row: Row) -> Row:
    """As text, an instant to the microsecond in UTC."""
    told = {name: row[name] for name in _STAMPS}
    at = told["updated_at"]
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    told["updated_at"] = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    told["version"] = int(told["version"])
    return told

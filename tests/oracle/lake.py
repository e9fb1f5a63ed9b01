"""The tables and marts of the lake as they must be, from the final rows."""

from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from tests.oracle.oracle import ZERO, OracleResult, Row, ratio

STAGES = {
    "order_to_shipping": ("ordered_at", "shipped_at", "shipped"),
    "shipping_to_delivery": ("shipped_at", "delivered_at", "delivered"),
    "delivery_to_return": ("delivered_at", "returned_at", "returned"),
}
"""From one time to another, and the status that says that the second was reached."""
Mart = dict[tuple[Any, ...], Row]


def marts(result: OracleResult) -> dict[str, Mart]:
    """Rows by key, of each mart that is stored."""
    return {
        "product_daily": _product_daily(result),
        "category_daily": _category_daily(result),
        "region_daily": _region_daily(result),
        "fulfilment_daily": _fulfilment_daily(result),
    }


def _product_daily(result: OracleResult) -> Mart:
    return _sold(result.lines, "order_date", "product_id")


def _category_daily(result: OracleResult) -> Mart:
    names = ("order_date", "category", "region")
    sold = _without_returned(_sold(result.lines, *names))
    each = {(*(line[name] for name in names), line["order_id"]) for line in result.lines}
    orders = Counter(key[:-1] for key in each)
    return {key: {"orders": orders[key]} | row for key, row in sold.items()}


def _region_daily(result: OracleResult) -> Mart:
    orders = [
        {**order, "region": order.get("region") or "unknown"}
        for order in result.rows["orders"].values()
    ]
    sold = _without_returned(_sold(result.lines, "order_date", "region"))
    nothing = {"units_sold": 0, "gross_revenue": ZERO, "net_revenue": ZERO}
    return {
        key: {
            "total_orders": len(placed),
            "cancelled_orders": sum(order["status"] == "cancelled" for order in placed),
        }
        | sold.get(key, nothing)
        for key, placed in _by(orders, "order_date", "region").items()
    }


def _fulfilment_daily(result: OracleResult) -> Mart:
    kept = [row for row in result.rows["orders"].values() if row["status"] != "cancelled"]
    return {
        (day, stage): row
        for (day,), orders in _by(kept, "order_date").items()
        for stage, row in _stages(orders).items()
    }


def _stages(orders: list[Row]) -> dict[str, Row]:
    rows, started = {}, len(orders)
    for number, (stage, (start, end, _)) in enumerate(STAGES.items()):
        # A later step includes the earlier ones.
        later = list(STAGES.values())[number:]
        finished = sum(
            any(order.get(time) or order["status"] == word for _, time, word in later)
            for order in orders
        )
        took = [
            _seconds(order[end]) - _seconds(order[start])
            for order in orders
            if order.get(start) and order.get(end)
        ]
        measured = sorted(seconds for seconds in took if seconds >= 0)
        rows[stage] = {
            "started": started,
            "finished": finished,
            "open_share": ratio(started - finished, started, "0.0001"),
            "measured": len(measured),
            "out_of_order": len(took) - len(measured),
            "median_hours": _hours(measured, (len(measured) + 1) // 2),
            "p90_hours": _hours(measured, (9 * len(measured) + 9) // 10),
        }
        started = finished
    return rows


def _seconds(at: datetime) -> int:
    return int(at.timestamp() // 1)


def _hours(measured: list[int], rank: int) -> Decimal | None:
    """The rank-th shortest."""
    return ratio(measured[rank - 1], 3600, "0.01") if measured else None


def _sold(lines: list[Row], *names: str) -> Mart:
    """Units and revenue of lines, by these of their values."""
    sums: Mart = {}
    key_of = itemgetter(*names)
    for line in lines:
        key, quantity, amount = key_of(line), line["quantity"], line["amount"]
        row = sums.get(key)
        if row is None:
            units = {"units_sold": 0, "units_returned": 0}
            row = sums[key] = {**units, "gross_revenue": ZERO, "net_revenue": ZERO}
        row["units_sold"] += quantity
        row["gross_revenue"] += amount
        if line["returned"]:
            row["units_returned"] += quantity
        else:
            row["net_revenue"] += amount
    return sums


def _without_returned(mart: Mart) -> Mart:
    return {
        key: {name: value for name, value in row.items() if name != "units_returned"}
        for key, row in mart.items()
    }


def _by(rows: list[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return groups


_SAID = {
    "orders": (
        *("customer_id", "ordered_at", "status", "shipped_at", "delivered_at", "returned_at"),
        *("item_count", "region", "order_date"),
    ),
    "order_items": (
        *("order_id", "product_id", "quantity", "unit_price", "status"),
        *("shipped_at", "delivered_at", "returned_at"),
    ),
    "products": ("sku", "name", "category", "brand", "department", "cost", "list_price"),
}
"""What a row says, without its key and what is computed."""
_ORIGIN = ("received_at", "file_sha256", "record")


def stored(result: OracleResult, dataset: str) -> dict[Any, Row]:
    """The rows of a table of the lake, by key: what they say, compute, and where they came from."""
    rows = {}
    for key, row in result.rows[dataset].items():
        told = {name: row.get(name) for name in _SAID[dataset]}
        if dataset == "order_items":
            order = result.rows["orders"].get(row["order_id"], {})
            told["order_date"] = order.get("order_date")
            told["total_price"] = row["quantity"] * row["unit_price"]
        if dataset != "products":
            told["order_month"] = _month(told["order_date"])
        rows[key] = told | dict(zip(_ORIGIN, row["rank"][-3:], strict=True))
    return rows


def _month(day: date | None) -> str | None:
    return f"{day:%Y-%m}" if day else None

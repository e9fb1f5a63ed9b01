"""The files received, in; the KPI tables, verdicts, counts and held items, out."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.records import JudgedFile, judge
from tests.oracle.shape import KEYS, ShapeDataset, read_shapes

CONTRACTS = Path(__file__).parents[2] / "spark_jobs" / "contracts"
ZERO = Decimal("0.00")

Row = dict[str, Any]
Judging = Callable[[bytes, list[ShapeDataset], datetime, str], JudgedFile]


@dataclass(frozen=True)
class ReceivedFile:
    """A file, its dataset, and when its content was first received (UTC)."""

    path: Path
    dataset: str
    received_at: datetime


@dataclass
class OracleResult:
    """What the pipeline must say and publish.

    Args:
        order_kpis: Row by day.
        category_kpis: Row by (category, day).
        verdicts: accepted, rejected or skipped, by file.
        counts: (records, staged, quarantined) by file; a rejected file stages nothing.
        held: Keys of items whose order is not known.
        rows: The final rows by dataset and key.
        judged: Each content, by sha256 and dataset.
        lines: Of the items that count, with day, product, category and region.
    """

    order_kpis: dict[date, Row] = field(default_factory=dict)
    category_kpis: dict[tuple[str, date], Row] = field(default_factory=dict)
    verdicts: dict[Path, str] = field(default_factory=dict)
    counts: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    held: set[Any] = field(default_factory=set)
    rows: dict[str, dict[Any, Row]] = field(default_factory=dict)
    judged: dict[tuple[str, str], JudgedFile] = field(default_factory=dict)
    lines: list[Row] = field(default_factory=list)


def oracle(
    files: list[ReceivedFile],
    contracts_dir: Path = CONTRACTS,
    lake_time_zone: str = "UTC",
    judging: Judging = judge,
) -> OracleResult:
    """Judges each file, keeps the winner of each key, and computes the KPI tables.

    Args:
        judging: In place of `judge`, for who asks often and remembers.
    """
    shapes = read_shapes(contracts_dir)
    result = OracleResult(rows={dataset: {} for dataset in KEYS})
    for file in files:
        content = file.path.read_bytes()
        judged = judging(content, shapes[file.dataset], file.received_at, lake_time_zone)
        if (judged.sha256, file.dataset) in result.judged:
            result.verdicts[file.path] = "skipped"
            result.counts[file.path] = (0, 0, 0)
            continue
        result.judged[judged.sha256, file.dataset] = judged
        result.verdicts[file.path] = "rejected" if judged.rejected else "accepted"
        quarantined = 0 if judged.rejected else judged.bad
        result.counts[file.path] = (judged.records, len(judged.rows), quarantined)
        stored = result.rows[file.dataset]
        for row in judged.rows:
            key = row[KEYS[file.dataset]]
            if key not in stored or stored[key]["rank"] < row["rank"]:
                stored[key] = row
    _kpis(result, ZoneInfo(lake_time_zone))
    return result


def _kpis(result: OracleResult, zone: ZoneInfo) -> None:
    orders, items = result.rows["orders"], result.rows["order_items"]
    placed: dict[date, list[Row]] = defaultdict(list)
    for order in orders.values():
        order["order_date"] = order["ordered_at"].astimezone(zone).date()
        placed[order["order_date"]].append(order)
    for key, item in items.items():
        order_of_item = orders.get(item["order_id"])
        if order_of_item is None:
            result.held.add(key)
        elif "cancelled" not in (item.get("status"), order_of_item["status"]):
            product = result.rows["products"].get(item["product_id"], {})
            result.lines.append(_line(item, order_of_item, product))
    lines: dict[date, list[Row]] = defaultdict(list)
    for line in result.lines:
        lines[line["order_date"]].append(line)
    for day, orders_of_day in placed.items():
        result.order_kpis[day] = _day_row(orders_of_day, lines[day])
        for category in {line["category"] for line in lines[day]}:
            of_category = [line for line in lines[day] if line["category"] == category]
            result.category_kpis[category, day] = _category_row(of_category)


def _line(item: Row, order: Row, product: Row) -> Row:
    return {
        "order_id": item["order_id"],
        "order_date": order["order_date"],
        "region": order.get("region") or "unknown",
        "product_id": item["product_id"],
        "category": product.get("category") or "unknown",
        "quantity": item["quantity"],
        "amount": item["quantity"] * item["unit_price"],
        "returned": (item.get("status") or order["status"]) == "returned",
    }


def _day_row(orders: list[Row], lines: list[Row]) -> Row:
    cancelled = sum(order["status"] == "cancelled" for order in orders)
    returned = sum(order["status"] == "returned" for order in orders)
    gross, net = _gross_and_net(lines)
    return {
        "total_orders": len(orders),
        "cancelled_orders": cancelled,
        "total_revenue": gross,
        "net_revenue": net,
        "avg_order_value": ratio(gross, len(orders) - cancelled, "0.01"),
        "total_items_sold": sum(line["quantity"] for line in lines),
        "return_rate": ratio(returned, len(orders), "0.0001"),
        "unique_customers": len({order["customer_id"] for order in orders}),
    }


def _category_row(lines: list[Row]) -> Row:
    orders = {line["order_id"] for line in lines}
    with_return = {line["order_id"] for line in lines if line["returned"]}
    gross, net = _gross_and_net(lines)
    return {
        "daily_revenue": gross,
        "net_revenue": net,
        "avg_order_value": ratio(gross, len(orders), "0.01"),
        "avg_return_rate": ratio(len(with_return), len(orders), "0.0001"),
    }


def _gross_and_net(lines: list[Row]) -> tuple[Decimal, Decimal]:
    gross = sum((line["amount"] for line in lines), ZERO)
    return gross, gross - sum((line["amount"] for line in lines if line["returned"]), ZERO)


def ratio(part: Decimal | int, whole: int, step: str) -> Decimal:
    """Part of whole, half up to the step; 0 where there is no whole."""
    if whole == 0:
        return Decimal(0).quantize(Decimal(step))
    return (Decimal(part) / whole).quantize(Decimal(step), rounding=ROUND_HALF_UP)


def utc(text: str) -> datetime:
    """An instant of UTC, for tests: `utc("2025-03-08 10:00")`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

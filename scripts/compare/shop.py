"""A small shop whose right numbers are known, and the situations that it is put through."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

FIRST = date(2026, 3, 1)
ORDERS_PER_DAY = 40
ORDER_COLUMNS = ("order_id", "customer_id", "order_date", "status")
ITEM_COLUMNS = ("order_item_id", "order_id", "product_id", "quantity", "price")
REORDERED = ("order_id", "product_id", "order_item_id", "price", "quantity")


@dataclass(frozen=True)
class Item:
    """One line of an order; `price` is that of one piece."""

    order_item_id: int
    product_id: int
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class Order:
    """An order with its items."""

    order_id: int
    customer_id: int
    order_date: date
    status: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Situation:
    """Two deliveries and what the net revenue of one day is after both.

    Args:
        told: What happens, in a few words.
        batches: Each writes the files of one delivery into a folder.
        day: The day that is looked at.
        right: Its net revenue, summed in plain Python.
        killed: Whether the second run is killed midway and started again.
    """

    name: str
    told: str
    batches: tuple[Callable[[Path], None], ...]
    day: date
    right: Decimal
    killed: bool = False


def day_of_orders(number: int) -> list[Order]:
    """The orders of the n-th day, the same in every call."""
    chance = random.Random(number)  # noqa: S311 - a shop to measure with, no secret
    return [
        Order(
            order_id := number * 1000 + n,
            chance.randint(1, 90),
            FIRST + timedelta(days=number - 1),
            chance.choice(("processing", "shipped", "delivered", "delivered", "cancelled")),
            tuple(_item(chance, order_id * 10 + k) for k in range(chance.randint(1, 3))),
        )
        for n in range(ORDERS_PER_DAY)
    ]


def net_revenue(orders: Iterable[Order]) -> Decimal:
    """Quantity times price over what is neither cancelled nor returned."""
    kept = (order for order in orders if order.status not in {"cancelled", "returned"})
    items = (item for order in kept for item in order.items)
    return sum((item.quantity * item.price for item in items), Decimal(0))


def situations() -> list[Situation]:
    """The situations, each with deliveries of its own."""
    old, day_2, day_4 = [*day_of_orders(1), *day_of_orders(3)], day_of_orders(2), day_of_orders(4)
    late = [replace(o, status="returned") for o in day_2 if o.status == "delivered"][:8]
    corrected = day_2[:]
    for order in late:
        corrected[[o.order_id for o in day_2].index(order.order_id)] = order
    half, rest = day_4[::2], day_4[1::2]

    def start(folder: Path) -> None:
        _write(folder, "start", old + day_2, old + day_2)
        _write_csv(
            folder / "products/products.csv",
            ("product_id", "name", "category", "price"),
            ((n, f"Product {n}", f"Category {n % 5}", "9.99") for n in range(1, 31)),
        )

    def again(folder: Path) -> None:
        _write(folder, "again", old + day_2, old + day_2)
        _write(folder, "new", day_4, day_4)

    def returned(folder: Path) -> None:
        _write(folder, "returned", late, [])
        _write(folder, "new", day_4, day_4)

    def reordered(folder: Path) -> None:
        _write(folder, "new", day_4, day_4, REORDERED)

    def broken(folder: Path) -> None:
        _write(folder, "new", day_4, half)
        columns = [column.replace("price", "list_price") for column in ITEM_COLUMNS]
        _write_csv(folder / "order_items/broken.csv", columns, _item_rows(rest, ITEM_COLUMNS))

    def plain(folder: Path) -> None:
        _write(folder, "new", day_4, day_4)

    at_2, at_4 = day_2[0].order_date, day_4[0].order_date
    all_4 = net_revenue(day_4)
    return [
        Situation(
            "twice",
            "the same files again, under other names",
            (start, again),
            at_2,
            net_revenue(day_2),
        ),
        Situation(
            "late",
            "8 delivered orders come back two days later",
            (start, returned),
            at_2,
            net_revenue(corrected),
        ),
        Situation(
            "reordered", "a file with its columns in another order", (start, reordered), at_4, all_4
        ),
        Situation(
            "broken",
            "one of two item files lacks the column `price`",
            (start, broken),
            at_4,
            net_revenue(half),
        ),
        Situation(
            "killed",
            "the run is killed midway, and run again",
            (start, plain),
            at_4,
            all_4,
            killed=True,
        ),
    ]


def _item(chance: random.Random, key: int) -> Item:
    return Item(
        key, chance.randint(1, 30), chance.randint(1, 3), Decimal(chance.randint(500, 9999)) / 100
    )


def _item_rows(orders: Iterable[Order], columns: Iterable[str]) -> Iterable[tuple[object, ...]]:
    for order in orders:
        for item in order.items:
            values = {**vars(item), "order_id": order.order_id}
            yield tuple(values[column] for column in columns)


def _write(
    folder: Path,
    name: str,
    orders: list[Order],
    with_items: list[Order],
    columns: tuple[str, ...] = ITEM_COLUMNS,
) -> None:
    rows = ([getattr(order, column) for column in ORDER_COLUMNS] for order in orders)
    _write_csv(folder / f"orders/{name}.csv", ORDER_COLUMNS, rows)
    if with_items:
        _write_csv(folder / f"order_items/{name}.csv", columns, _item_rows(with_items, columns))


def _write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

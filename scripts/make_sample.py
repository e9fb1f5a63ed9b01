"""Makes the bundled sample shop, spark_jobs/sample/: three batches with a story each.

batch-1  two weeks, clean.
batch-2  two more days; orders that were shipped, delivered or returned since; an order whose items
         came in batch 1; a product in another category; a file that was received before.
batch-3  two more days, with three bad records and a file of orders whose header is broken, so that
         the items of these orders are held until somebody sends it again.

Run it with `.venv/bin/python scripts/make_sample.py`; the files are committed.
"""

import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from spark_jobs.facts.words import Dataset
from spark_jobs.generate import text
from spark_jobs.generate.chance import Bools
from spark_jobs.generate.options import GenerateOptions
from spark_jobs.generate.season import DAY
from spark_jobs.generate.shapes import SHAPES
from spark_jobs.generate.shop import Block, Shop
from spark_jobs.generate.state import items_at, orders_at

OPTIONS = GenerateOptions(orders=380, days=18, seed=7, end=date(2026, 3, 18), products=60)
SHAPE = SHAPES[OPTIONS.shape]
LATE_ORDER, BROKEN_ORDERS, MOVED_PRODUCT = 250, 6, 20
WEEK, SECOND, THIRD = 7, 14, 16
"""Days after which the second week, the second and the third batch begin."""
Lines = list[str]


def main() -> None:
    """Write the sample where the package bundles it."""
    folder = Path(__file__).resolve().parent.parent / "spark_jobs" / "sample"
    for batch in folder.glob("batch-*"):
        shutil.rmtree(batch)
    write_sample(folder)


def write_sample(folder: Path) -> None:
    """Write the three batches into the folder."""
    shop = Shop(OPTIONS)
    block = next(shop.blocks(0, OPTIONS.orders))
    day = (block.orders.ordered - shop.season.first) // DAY
    _first(folder / "batch-1", shop, block, day < SECOND)
    _second(folder / "batch-2", shop, block, (day >= SECOND) & (day < THIRD))
    shutil.copy(folder / "batch-1/orders/orders_week2.csv", folder / "batch-2/orders/again.csv")
    _third(folder / "batch-3", shop, block, day >= THIRD)


def _first(folder: Path, shop: Shop, block: Block, placed: Bools) -> None:
    moment = shop.season.first + SECOND * DAY - 1
    day = (block.orders.ordered - shop.season.first) // DAY
    on_time = placed & (block.orders.order != LATE_ORDER)
    for week, chosen in ((1, day < WEEK), (2, day >= WEEK)):
        orders = _orders(block.where(on_time & chosen), moment)
        _write(folder, Dataset.ORDERS, f"orders_week{week}.csv", orders)
        items = _items(block.where(placed & chosen), moment)
        _write(folder, Dataset.ORDER_ITEMS, f"order_items_week{week}.csv", items)
    _write(folder, Dataset.PRODUCTS, "products.csv", _products(shop, range(OPTIONS.catalogue_size)))


def _second(folder: Path, shop: Shop, block: Block, placed: Bools) -> None:
    before, moment = shop.season.first + SECOND * DAY - 1, shop.season.first + THIRD * DAY - 1
    sent = placed | _changed(block, before, moment)
    orders = _orders(block.where(sent | (block.orders.order == LATE_ORDER)), moment)
    _write(folder, Dataset.ORDERS, "orders_0315.csv", orders)
    _write(folder, Dataset.ORDER_ITEMS, "order_items_0315.csv", _items(block.where(sent), moment))
    moved = np.arange(shop.catalogue.size) == MOVED_PRODUCT
    products = SHAPE.products(shop.catalogue.reclassified(moved), np.flatnonzero(moved))
    _write(folder, Dataset.PRODUCTS, "products_0315.csv", _lines(products))


def _third(folder: Path, shop: Shop, block: Block, placed: Bools) -> None:
    before, moment = shop.season.first + THIRD * DAY - 1, shop.season.until
    lost = block.orders.order > OPTIONS.orders - BROKEN_ORDERS
    sent = placed | _changed(block, before, moment)
    orders = _orders(block.where(sent & ~lost), moment)
    orders[4] = _with(orders[4], 3, "2026-02-30T09:15:00")
    _write(folder, Dataset.ORDERS, "orders_0317.csv", orders)
    broken = folder / "orders" / "orders_0318_app.csv"
    header = ",".join(SHAPE.headers[Dataset.ORDERS]).replace("created_at", "creation date")
    broken.write_text(header + "\n" + "".join(_orders(block.where(lost), moment)))
    items = _items(block.where(sent), moment)
    items[3] = _with(items[3], -1, "n/a")
    items[11] = items[11][: items[11].rindex(",")] + "\n"
    _write(folder, Dataset.ORDER_ITEMS, "order_items_0317.csv", items)


def _changed(block: Block, before: int, moment: int) -> Bools:
    """Older orders of which something changed in between: all returns, half of the others."""
    orders, items = block.orders, block.items
    known = (orders.ordered <= before) & ((orders.order % 2 == 0) | (orders.returned <= moment))
    of_order = orders_at(orders, before).status != orders_at(orders, moment).status
    of_item = items_at(orders, items, before).status != items_at(orders, items, moment).status
    of_order[items.owner[of_item]] = True
    changed: Bools = known & of_order
    return changed


def _orders(block: Block, moment: int) -> Lines:
    return _lines(SHAPE.orders(block, moment))


def _items(block: Block, moment: int) -> Lines:
    return _lines(SHAPE.items(block, moment))


def _products(shop: Shop, index: Iterable[int]) -> Lines:
    return _lines(SHAPE.products(shop.catalogue, np.array(list(index), np.int64)))


def _lines(columns: list[text.Text]) -> Lines:
    lines: Lines = text.lines(columns).to_pylist()
    return lines


def _with(line: str, place: int, value: str) -> str:
    fields = line.rstrip("\n").split(",")
    fields[place] = value
    return ",".join(fields) + "\n"


def _write(folder: Path, dataset: Dataset, name: str, lines: Lines) -> None:
    path = folder / dataset / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(",".join(SHAPE.headers[dataset]) + "\n" + "".join(lines), newline="")


if __name__ == "__main__":
    main()

"""Writes the shop to a folder."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.words import Dataset
from spark_jobs.generate.apart import plant_files
from spark_jobs.generate.catalogue import Catalogue
from spark_jobs.generate.chance import Ints
from spark_jobs.generate.options import GenerateOptions, Plan
from spark_jobs.generate.output import Output, Progress
from spark_jobs.generate.shapes import SHAPES
from spark_jobs.generate.shop import BLOCK, Block, Shop
from spark_jobs.generate.text import Text
from spark_jobs.generate.updates import Cut, changed, cut, products_changed

PLANTED = "planted.json"
AT_LEAST = ("unknown_order", "unknown_product", "duplicate_key")
"""Warnings that rejected records and files cause beyond those planted."""


def generate(options: GenerateOptions, out: Path, on_progress: Progress | None = None) -> Plan:
    """Write the shop into the empty folder `out`, and say what each file holds.

    Without updates: `orders/`, `order_items/`, `products/`; with updates the same in `batch1/`
    and `batch2/`. With defects also `planted.json`, which says for each file what was planted.

    Args:
        options: What the shop is to be; the same options give the same bytes.
        out: Is made where it does not exist.
        on_progress: Called now and then with orders written and orders in all.

    Raises:
        UsageError: `out` holds something.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError("there is something already", where=str(out), cure="name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    tell = on_progress or _nothing
    shop, when = Shop(options), cut(options)
    first = Output(out, "batch1" if when.second_batch else "", options, 0)
    _first_batch(shop, when, first, tell)
    files = first.files
    if when.second_batch:
        second = Output(out, "batch2", options, 1)
        _second_batch(shop, when, second)
        files = files + second.files
    tell(options.orders, options.orders)
    plan = Plan(options, tuple(files))
    if options.dirty > 0:
        (out / PLANTED).write_text(planted(plan), encoding="utf-8")
    return plan


def planted(plan: Plan) -> str:
    """The content of `planted.json`."""
    options = plan.options
    document = {
        "version": 1,
        "options": {
            "orders": options.orders,
            "days": options.history_days,
            "seed": options.seed,
            "shape": options.shape,
            "files": options.order_files,
            "dirty": options.dirty,
            "updates": options.updates,
            "end": options.end.isoformat(),
            "products": options.catalogue_size,
        },
        "at_least": list(AT_LEAST),
        "files": [file.as_json() for file in plan.files],
    }
    return json.dumps(document, indent=1) + "\n"


def _first_batch(shop: Shop, when: Cut, output: Output, tell: Progress) -> None:
    shape, parts = SHAPES[shop.options.shape], shop.options.order_files
    moment = _moment(shop, when)
    _write_products(shop, output, shop.catalogue, np.arange(when.new_product))
    width = max(3, len(str(parts)))
    edges = [part * when.new // parts for part in range(parts + 1)]
    for part, (start, stop) in enumerate(pairwise(edges), 1):
        name = f"part{part:0{width}d}.csv"
        known = shop.blocks(start, min(stop, when.late))
        output.write(Dataset.ORDERS, f"orders_{name}", (shape.orders(b, moment) for b in known))
        blocks = shop.blocks(start, stop)
        items = (shape.items(block, moment) for block in blocks)
        output.write(Dataset.ORDER_ITEMS, f"order_items_{name}", items)
        tell(stop, shop.options.orders)
    if shop.options.dirty > 0:
        plant_files(output, shop, shape)


def _second_batch(shop: Shop, when: Cut, output: Output) -> None:
    shape, moment = SHAPES[shop.options.shape], shop.season.until
    sent, moved = products_changed(shop, when)
    _write_products(shop, output, shop.catalogue.reclassified(moved), np.flatnonzero(sent))

    def orders() -> Iterator[list[Text]]:
        for block in _later_blocks(shop, when, when.late):
            yield shape.orders(block, moment)

    def items() -> Iterator[list[Text]]:
        for block in _later_blocks(shop, when, when.new):
            yield shape.items(block, moment)

    output.write(Dataset.ORDERS, "orders_part001.csv", orders())
    output.write(Dataset.ORDER_ITEMS, "order_items_part001.csv", items())


def _later_blocks(shop: Shop, when: Cut, start: int) -> Iterator[Block]:
    yield from changed(shop, when)
    yield from shop.blocks(start, when.end)


def _moment(shop: Shop, when: Cut) -> int:
    """When batch 1 was exported: as its last order was placed, or at the end of the history."""
    if not when.second_batch:
        return shop.season.until
    *_, last = shop.blocks(when.new - 1, when.new)
    return int(last.orders.ordered[-1])


def _write_products(shop: Shop, output: Output, catalogue: Catalogue, index: Ints) -> None:
    shape = SHAPES[shop.options.shape]
    blocks = (index[start : start + BLOCK] for start in range(0, len(index), BLOCK))
    columns = (shape.products(catalogue, block.astype(np.int64)) for block in blocks)
    output.write(Dataset.PRODUCTS, "products.csv", columns)


def _nothing(done: int, total: int) -> None:
    """Tell nobody."""

"""What comes later: changes of recent orders, orders that arrive after their items, new ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from spark_jobs.generate.chance import UPDATES_STREAM, Bools, Floats, between, stream
from spark_jobs.generate.options import GenerateOptions
from spark_jobs.generate.season import DAY
from spark_jobs.generate.shop import HOUR, NEVER, Block, Shop

RETURNED_LATE, DAY_MOVED = 0.4, 0.1
"""Shares of the orders sent again; the others are as they were, or as time has changed them."""
PRODUCTS_CHANGED = 0.1
"""Products sent again, as a share of `updates`; half of them in another category."""


@dataclass(frozen=True)
class Cut:
    """How the orders (counted from 0) are shared out among the two batches.

    Batch 1 has the orders before `late` and the items before `new`. Batch 2 has all orders from
    `late` on, the items from `new` on, and some orders from `window` up to `late` again with
    their items. Products from `new_product` on come in batch 2 only.
    """

    window: int
    late: int
    new: int
    end: int
    new_product: int
    again: float

    @property
    def second_batch(self) -> bool:
        """Whether there is one."""
        return self.new < self.end


def cut(options: GenerateOptions) -> Cut:
    """Half of the second batch's orders are new, half are sent again, all of them recent."""
    orders, products = options.orders, options.catalogue_size
    if options.updates == 0 or orders == 1:
        return Cut(orders, orders, orders, orders, products, 0)
    half = max(1, int(options.updates * orders / 2))
    new = max(1, orders - half)
    late = max(0, new - max(1, half // 20))
    window = max(0, late - 3 * half)
    new_products = max(1, int(products * options.updates / 100))
    again = min(1.0, half / max(late - window, 1))
    return Cut(window, late, new, orders, products - new_products, again)


def changed(shop: Shop, when: Cut) -> Iterator[Block]:
    """The orders that are sent again, with their items, in their new state."""
    for block in shop.blocks(when.window, when.late):
        first, count = int(block.orders.order[0]), len(block.orders.order)
        chance = stream(shop.options.seed, UPDATES_STREAM, first).random((4, count))
        chosen = chance[0] < when.again
        chosen[0] |= first == when.window + 1
        yield _later(block, chance[1:], shop.season.until).where(chosen)


def products_changed(shop: Shop, when: Cut) -> tuple[Bools, Bools]:
    """Which products batch 2 sends, and which of these move to another category."""
    size = shop.catalogue.size
    chance = stream(shop.options.seed, UPDATES_STREAM, 0).random(size)
    share = shop.options.updates * PRODUCTS_CHANGED
    sent, moved = chance < share, chance < share / 2
    moved[0] = sent[0] = True
    moved[when.new_product :] = False
    sent[when.new_product :] = True
    return sent, moved


def _later(block: Block, chance: Floats, until: int) -> Block:
    """Some delivered orders come back after all, and some were booked a day too late."""
    orders = block.orders
    back = (chance[0] < RETURNED_LATE) & (orders.delivered <= until) & (orders.returned == NEVER)
    when = np.minimum(orders.delivered + between(chance[2], HOUR, 9 * DAY), until)
    moved = chance[1] < DAY_MOVED
    moved[0] = True
    later = replace(
        orders,
        returned=np.where(back, when, orders.returned),
        ordered=np.where(moved, orders.ordered - DAY, orders.ordered),
    )
    return Block(later, block.items)

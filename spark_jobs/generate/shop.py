"""The shop itself: blocks of orders with their items, each made from the seed and its number."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np

from spark_jobs.generate.catalogue import Catalogue, catalogue
from spark_jobs.generate.chance import (
    ITEMS_STREAM,
    ORDERS_STREAM,
    Bools,
    Floats,
    Ints,
    between,
    pick,
    scatter,
    stream,
)
from spark_jobs.generate.options import GenerateOptions
from spark_jobs.generate.season import DAY, Season, season

BLOCK = 25_000
NEVER = 2**62
HOUR = 3_600
ITEMS_A_SLOT = 10
"""An item's number is ten times its order's, plus 1 to 4: known without counting the others."""

ITEMS_WEIGHTS = np.array([70.0, 20.0, 5.0, 5.0])
QUANTITIES = np.array([1, 2, 3, 5], np.int64)
QUANTITY_WEIGHTS = np.array([80.0, 14.0, 4.0, 2.0])
PERCENT_PAID = np.array([100, 90, 80, 75], np.int64)
PAID_WEIGHTS = np.array([78.0, 12.0, 7.0, 3.0])
CANCELLED, RETURNED, STUCK_SHIPPED, STUCK_OPEN = 0.15, 0.25, 0.27, 0.275
"""Upper ends of the chance that an order is cancelled, returned, lost in delivery, never sent."""
RETURNED_ALONE = 0.03
REGULARS = 0.3
"""Share of orders by customers drawn with a long tail; the others are anybody's."""


@dataclass(frozen=True)
class Orders:
    """Orders by column; times in seconds since 1970, NEVER where it does not happen."""

    order: Ints
    customer: Ints
    ordered: Ints
    shipped: Ints
    delivered: Ints
    returned: Ints
    cancelled: Ints
    pieces: Ints

    def where(self, chosen: Bools) -> "Orders":
        """Only the chosen orders."""
        return Orders(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True)
class Items:
    """Items by column; `owner` is the position of the order among the orders beside them."""

    owner: Ints
    item: Ints
    product: Ints
    quantity: Ints
    cents: Ints
    returned_alone: Ints

    def where(self, chosen: Bools) -> "Items":
        """Only the chosen items."""
        return Items(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True)
class Block:
    """Some orders and their items."""

    orders: Orders
    items: Items

    def where(self, chosen: Bools) -> "Block":
        """Only the chosen orders, with their items."""
        kept = self.items.where(chosen[self.items.owner])
        moved_to = np.cumsum(chosen) - 1
        return Block(self.orders.where(chosen), replace(kept, owner=moved_to[kept.owner]))


class Shop:
    """All orders of the options, by ranges of their numbers (counted from 0)."""

    def __init__(self, options: GenerateOptions) -> None:
        self.options = options
        self.season: Season = season(
            options.end, options.history_days, options.orders, options.seed
        )
        self.catalogue: Catalogue = catalogue(options.catalogue_size, options.seed)
        self.customers = max(20, options.orders * 4 // 5)
        self._block = lru_cache(maxsize=2)(self._make)

    def blocks(self, start: int, stop: int) -> Iterator[Block]:
        """The orders from `start` up to, and without, `stop`, at most BLOCK at a time."""
        for number in range(start // BLOCK, -(-stop // BLOCK)):
            block = self._block(number)
            index = block.orders.order - 1
            chosen = (index >= start) & (index < stop)
            yield block if chosen.all() else block.where(chosen)

    def _make(self, number: int) -> Block:
        first = number * BLOCK
        index = np.arange(first, min(first + BLOCK, self.options.orders), dtype=np.int64)
        chance = stream(self.options.seed, ORDERS_STREAM, number).random((9, len(index)))
        ordered = self.season.ordered_at(index, chance[0])
        pieces = 1 + pick(ITEMS_WEIGHTS, chance[1])
        fate = chance[2]
        shipped = ordered + between(chance[3], 2 * HOUR, 3 * DAY)
        delivered = shipped + between(chance[4], 12 * HOUR, 5 * DAY)
        returned = delivered + between(chance[5], 12 * HOUR, 20 * DAY)
        cancelled = ordered + between(chance[6], 300, DAY)
        is_cancelled = fate < CANCELLED
        is_returned = ~is_cancelled & (fate < RETURNED)
        never_sent = is_cancelled | ((fate >= STUCK_SHIPPED) & (fate < STUCK_OPEN))
        never_there = never_sent | ((fate >= RETURNED) & (fate < STUCK_SHIPPED))
        orders = Orders(
            order=index + 1,
            customer=self._customers(index, chance[7], chance[8]),
            ordered=ordered,
            shipped=np.where(never_sent, NEVER, shipped),
            delivered=np.where(never_there, NEVER, delivered),
            returned=np.where(is_returned, returned, NEVER),
            cancelled=np.where(is_cancelled, cancelled, NEVER),
            pieces=pieces,
        )
        return Block(orders, self._items(orders, number))

    def _customers(self, index: Ints, kind: Floats, chance: Floats) -> Ints:
        known = 20 + index * (self.customers - 20) // self.options.orders
        share = np.where(kind < REGULARS, chance * chance, chance)
        return 1 + scatter((share * known).astype(np.int64), self.customers)

    def _items(self, orders: Orders, number: int) -> Items:
        owner = np.repeat(np.arange(len(orders.order)), orders.pieces).astype(np.int64)
        first = np.cumsum(orders.pieces) - orders.pieces
        slot = 1 + np.arange(len(owner)) - first[owner]
        chance = stream(self.options.seed, ITEMS_STREAM, number).random((4, len(owner)))
        product = self.catalogue.popular(chance[0])
        percent = PERCENT_PAID[pick(PAID_WEIGHTS, chance[1])]
        alone = orders.delivered[owner] + between(chance[3] / RETURNED_ALONE, 12 * HOUR, 20 * DAY)
        may_return = (chance[3] < RETURNED_ALONE) & (orders.pieces[owner] > 1)
        may_return &= orders.delivered[owner] < NEVER
        return Items(
            owner=owner,
            item=orders.order[owner] * ITEMS_A_SLOT + slot,
            product=product,
            quantity=QUANTITIES[pick(QUANTITY_WEIGHTS, chance[2])],
            cents=(self.catalogue.cents[product] * percent + 50) // 100,
            returned_alone=np.where(may_return, alone, NEVER),
        )

"""What the shop's books say at one moment: a status and the times that have passed."""

from dataclasses import dataclass

import numpy as np

from spark_jobs.generate.chance import Ints
from spark_jobs.generate.shop import NEVER, Items, Orders

PROCESSING, SHIPPED, DELIVERED, RETURNED, CANCELLED = range(5)


@dataclass(frozen=True)
class State:
    """Status (one of the five above) and times of rows; NEVER where it has not happened (yet)."""

    status: Ints
    shipped: Ints
    delivered: Ints
    returned: Ints


def orders_at(orders: Orders, moment: int) -> State:
    """The state of each order at `moment`, in seconds since 1970."""
    times = [_passed(t, moment) for t in (orders.shipped, orders.delivered, orders.returned)]
    status = sum((t < NEVER).astype(np.int64) for t in times)
    cancelled = orders.cancelled <= moment
    return State(np.where(cancelled, CANCELLED, status).astype(np.int64), *times)


def items_at(orders: Orders, items: Items, moment: int) -> State:
    """The state of each item at `moment`: its order's, save for items returned alone."""
    of_order = orders_at(orders, moment)
    alone = _passed(items.returned_alone, moment)
    status = of_order.status[items.owner]
    is_alone = (alone < NEVER) & (status == DELIVERED)
    return State(
        status=np.where(is_alone, RETURNED, status),
        shipped=of_order.shipped[items.owner],
        delivered=of_order.delivered[items.owner],
        returned=np.where(is_alone, alone, of_order.returned[items.owner]),
    )


def _passed(times: Ints, moment: int) -> Ints:
    return np.where(times <= moment, times, NEVER)

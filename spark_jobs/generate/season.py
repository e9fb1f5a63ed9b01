"""When orders are placed: growth, seasons, weekdays and hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from spark_jobs.generate.chance import DAYS_STREAM, Floats, Ints, stream

DAY = 86_400
MONTHS = (88, 84, 92, 94, 98, 96, 93, 95, 97, 103, 128, 142)
WEEKDAYS = (106, 98, 95, 94, 97, 112, 128)
HOURS = (3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 13, 12, 11, 11, 12, 13, 15, 17, 18, 16, 11, 6)
GROWTH_A_YEAR = 0.25


@dataclass(frozen=True)
class Season:
    """The days of a shop's history.

    Args:
        first: Midnight (UTC) of the first day, in seconds since 1970.
        until: Last second of the last day.
        before: Orders placed before each day begins; one entry more than there are days.
    """

    first: int
    until: int
    before: Ints

    def ordered_at(self, orders: Ints, chance: Floats) -> Ints:
        """Second at which each order (counted from 0) is placed; it grows with the number."""
        day = np.searchsorted(self.before, orders, side="right") - 1
        placed = self.before[day + 1] - self.before[day]
        share = (orders - self.before[day] + chance) / placed
        hours = np.concatenate([[0.0], np.cumsum(np.array(HOURS, dtype=np.float64))])
        reached = share * hours[-1]
        hour = np.minimum(np.searchsorted(hours, reached, side="right") - 1, 23)
        within = (reached - hours[hour]) / (hours[hour + 1] - hours[hour])
        second = np.minimum((within * 3600).astype(np.int64), 3599)
        at: Ints = self.first + day * DAY + hour * 3600 + second
        return at


def season(end: date, days: int, orders: int, seed: int) -> Season:
    """The history of `orders` orders over the `days` days up to and with `end`."""
    begin = end - timedelta(days=days - 1)
    dates = [begin + timedelta(days=n) for n in range(days)]
    weather = stream(seed, DAYS_STREAM).random(days)
    weights = np.array([MONTHS[d.month - 1] * WEEKDAYS[d.weekday()] for d in dates], np.float64)
    weights *= 1 + GROWTH_A_YEAR * np.arange(days) / 365
    weights *= 0.9 + 0.2 * weather
    reached = np.cumsum(weights)
    before = np.concatenate([[0], (reached / reached[-1] * orders).astype(np.int64)])
    before[-1] = orders
    first = int(datetime(begin.year, begin.month, begin.day, tzinfo=UTC).timestamp())
    return Season(first=first, until=first + days * DAY - 1, before=before.astype(np.int64))

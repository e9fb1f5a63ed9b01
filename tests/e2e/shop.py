"""Files for the cases: each shop has ids, a day and a category of its own.

So cases share an account: what one drops cannot change the rows of another, and a case can look at
its own day's KPIs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from tests.builders import Record, a_product, an_item, an_order

Files = dict[str, bytes]
"""Content by key below landing/; the first folder names the dataset."""
_FIRST_DAY = date(2019, 1, 1)
"""Long before the days of the exercise and of the seed."""
_IDS_EACH = 10_000
_numbers = count(1)


@dataclass(frozen=True)
class Shop:
    """A day of a small shop, told apart by its number."""

    number: int

    @property
    def day(self) -> str:
        """The day of all its orders."""
        return (_FIRST_DAY + timedelta(days=self.number)).isoformat()

    @property
    def category(self) -> str:
        """The category of its products."""
        return f"Shop {self.number}"

    def id(self, number: int) -> str:
        """An id that no other shop has (orders, items and products have each their own)."""
        return str(1_000_000 + self.number * _IDS_EACH + number)

    def order(self, number: int, **values: str) -> Record:
        """An order of the day; values as `tests.builders.an_order` takes them."""
        return an_order(self.id(number), **{"at": f"{self.day}T10:00:00", **values})

    def item(self, number: int, order: int | None = None, **values: str) -> Record:
        """An item (10.00) of the order of the same number, unless another is given."""
        of = number if order is None else order
        own = {"at": f"{self.day}T10:00:00", "product": self.id(1), **values}
        return an_item(self.id(number), self.id(of), **own)

    def product(self, number: int = 1, **values: str) -> Record:
        """A product of the shop's category."""
        return a_product(self.id(number), **{"category": self.category, **values})

    def files(
        self, orders: int | Iterable[int] = 3, *, name: str = "a", bad: int = 0, **values: str
    ) -> Files:
        """One file of each dataset: so many orders of one item each (or those of these numbers).

        Args:
            name: Of the files.
            bad: So many more orders, at the end, lack their customer. Up to 5 % of a file are
                quarantined, more reject it.
            values: Of every order, as `status="returned"`.
        """
        numbers = list(range(1, orders + 1)) if isinstance(orders, int) else list(orders)
        more = range(max(numbers) + 1, max(numbers) + 1 + bad)
        spoilt = [{**self.order(number), "user_id": ""} for number in more]
        stem = f"{self.number}_{name}.csv"
        return {
            f"orders/{stem}": a_csv([*(self.order(n, **values) for n in numbers), *spoilt]),
            f"order_items/{stem}": a_csv([self.item(n) for n in numbers]),
            f"products/{stem}": a_csv([self.product()]),
        }

    def many_categories(
        self, number: int, *, orders: int = 1, bad: int = 0, name: str = "a", **values: str
    ) -> Files:
        """A day with an item in each of so many categories.

        Args:
            number: Of the categories.
            orders: Of these orders.
            bad: As for `files`.
            name: Of the files.
            values: Of every item, as `price="20.00"`.
        """
        numbers = range(1, number + 1)
        items = [self.item(n, order=1 + n % orders, product=self.id(n), **values) for n in numbers]
        products = [self.product(n, category=f"{self.category}, {n}") for n in numbers]
        return self.files(orders=orders, bad=bad, name=name) | {
            f"order_items/{self.number}_{name}.csv": a_csv(items),
            f"products/{self.number}_{name}.csv": a_csv(products),
        }

    def broken_files(self, *, name: str = "broken") -> Files:
        """One file of each dataset, none of which is acceptable."""
        stem = f"{self.number}_{name}.csv"
        return {
            f"orders/{stem}": a_csv([self.order(n, at="yesterday") for n in (1, 2)]),
            f"order_items/{stem}": a_csv([self.item(1, price="1e3")]),
            f"products/{stem}": a_csv([self.product(cost="much")]),
        }


def start_at(number: int) -> None:
    """The least number of the next shop: an account that is kept has had those before."""
    global _numbers  # noqa: PLW0603 (one for all accounts of a process)
    _numbers = count(max(number, next(_numbers)))


def a_shop() -> Shop:
    """A shop that this process has not had yet."""
    return Shop(next(_numbers))


def a_csv(records: Sequence[Record]) -> bytes:
    """Records (at least one) as CSV, under the header of the first."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()

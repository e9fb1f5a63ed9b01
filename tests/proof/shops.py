"""Small shops by hypothesis: few keys, days and categories, so that everything collides.

Updates, late and conflicting versions, orphans, orders that move to another day, products that
change category, cancellations and returns, dirty and ragged records: all follow from records that
are drawn from small sets, and are spread over files, batches and repetitions at random.
"""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Fields = tuple[str, ...]

RECEIVED = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in ("2025-03-10T00:00:00", "2025-03-11T12:00:00", "2025-03-20T00:00:00")
)
"""Few, so that files tie; the first lies before some of the times below (`in_the_future`)."""

ORDERED = (
    "2025-03-08T10:00:00",
    "2025-03-08 23:59:59.999999Z",
    "2025-03-09T00:30:00+02:00",
    "2025-03-09 00:00:00 UTC",
    "2025-03-09T04:59:00.5",
    "2025-03-10",
    "2025-03-10T23:30:00-05:00",
)
LIFECYCLE = (
    "",
    "",
    "2025-03-09T10:00:00",
    "2025-03-09 12:00:00+02:00",
    "2025-03-10T08:00:00",
    "2025-03-11T00:00:00Z",
    "2025-03-15T00:00:00",
)
STATUS = ("Processing", "shipped", "Complete", "delivered", " Returned", "cancelled", "CANCELED")
PRICE = ("10.00", "0.005", "19.994999", "0.0199999995529651", "100", "5.", "+.5", "1.005")
QUANTITY = ("1", "2", "3", "1000")
CATEGORY = ("Beauty", "Home", "Toys")
NUMBER = ("1", "2", "3", "4", "5")
DIRT = ("", " ", "1e3", "-1", "x" * 65, "2025-02-30", "10:00:00", "2099-01-01")
"""Put into any field now and then; in some it is not even dirty."""


@dataclass(frozen=True)
class Dropped:
    """A file as it was dropped; the same content always has the same `received_at`."""

    dataset: str
    content: bytes
    received_at: datetime


@dataclass(frozen=True)
class Shop:
    """Files, and the batches in which they come: each batch maps names to files."""

    batches: tuple[dict[str, Dropped], ...]
    zone: str


@dataclass(frozen=True)
class _Layout:
    dataset: str
    header: Fields
    values: tuple[tuple[str, ...], ...]


_TIMES = (LIFECYCLE, LIFECYCLE, LIFECYCLE)
_LAYOUTS = (
    _Layout(
        "orders",
        (
            "order_id",
            "user_id",
            "status",
            "created_at",
            "shipped_at",
            "delivered_at",
            "returned_at",
        ),
        (NUMBER, ("1", "2", "3"), (*STATUS, "Odd Word"), ORDERED, *_TIMES),
    ),
    _Layout(
        "orders",
        ("order_id", "customer_id", "order_date", "status", "region"),
        (NUMBER, ("1", "2", "C3"), ORDERED, STATUS, ("north", "")),
    ),
    _Layout(
        "order_items",
        (
            *("id", "order_id", "product_id", "status", "sale_price"),
            *("shipped_at", "delivered_at", "returned_at"),
        ),
        (NUMBER, (*NUMBER, "99"), NUMBER, (*STATUS, "", ""), PRICE, *_TIMES),
    ),
    _Layout(
        "order_items",
        ("order_id", "product_id", "quantity", "price"),
        (("1", "2", "3"), ("1", "2"), QUANTITY, PRICE),
    ),
    _Layout(
        "order_items",
        ("order_item_id", "order_id", "product_id", "quantity", "price"),
        (NUMBER, (*NUMBER, "99"), NUMBER, QUANTITY, PRICE),
    ),
    _Layout(
        "products",
        ("id", "sku", "cost", "category", "retail_price"),
        (("1", "2", "3", "4"), ("a", "b"), ("1", "2.50"), CATEGORY, PRICE),
    ),
    _Layout(
        "products",
        ("product_id", "name", "category", "price"),
        (("1", "2", "3", "4"), ("Soap", ""), (*CATEGORY, ""), PRICE),
    ),
)


@st.composite
def _files(draw: DrawFn, dataset: str | None = None) -> Dropped:
    layout = draw(st.sampled_from([x for x in _LAYOUTS if dataset in (None, x.dataset)]))
    record = st.tuples(*(st.sampled_from(values) for values in layout.values))
    records: list[Fields] = draw(st.lists(record, min_size=3, max_size=14))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(records) - 1))
        column = draw(st.integers(0, len(layout.header) - 1))
        spoilt = list(records[place])
        spoilt[column] = draw(st.sampled_from(DIRT))
        records[place] = tuple(spoilt)
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;")),
        lineterminator=draw(st.sampled_from(("\n", "\r\n"))),
    )
    writer.writerow(layout.header)
    writer.writerows(records)
    if draw(st.integers(0, 9)) == 0:
        writer.writerow((*records[0], "one field too many"))
    received_at = draw(st.sampled_from(RECEIVED))
    return Dropped(layout.dataset, text.getvalue().encode(), received_at)


@st.composite
def _shops(draw: DrawFn) -> Shop:
    drawn = [draw(_files(dataset)) for dataset in ("orders", "order_items", "products")]
    drawn += draw(st.lists(_files(), min_size=2, max_size=7))
    files = list({(file.dataset, file.content): file for file in drawn}.values())
    count = draw(st.integers(1, 3))
    batches: list[dict[str, Dropped]] = [{} for _ in range(count)]
    for number, file in enumerate(files):
        times = 2 if draw(st.integers(0, 3)) == 0 else 1
        for repetition in range(times):
            name = f"{file.dataset}/part{draw(st.integers(0, 9))}_{number}_{repetition}.csv"
            batches[draw(st.integers(0, count - 1))][name] = file
    zone = draw(st.sampled_from(("UTC", "UTC", "America/New_York")))
    return Shop(tuple(batch for batch in batches if batch), zone)


def shops() -> SearchStrategy[Shop]:
    """Shops of four to ten files in one to three batches, some files repeated."""
    return _shops()

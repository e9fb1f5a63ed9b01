"""Guessing what a CSV file holds: dataset, columns, types and formats, from a sample of it."""

import csv
import gzip
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spark_jobs.facts.canonical import CANONICAL
from spark_jobs.facts.errors import UsageError
from spark_jobs.facts.words import Dataset, Kind

SAMPLE_RECORDS = 1000
_SAMPLE_BYTES = 4 * 1024 * 1024
_DELIMITERS = ",;\t|"

SYNONYMS: dict[Dataset, dict[str, str]] = {
    Dataset.ORDERS: {
        "order_id": "order_id id order_no order_number order_nr bestellnummer bestellnr",
        "customer_id": "customer_id user_id customer customer_no client_id kunde kundennummer",
        "ordered_at": "ordered_at created_at order_date order_time placed_at purchased_at date "
        "bestelldatum",
        "status": "status order_status state",
        "shipped_at": "shipped_at ship_date shipping_date sent_at",
        "delivered_at": "delivered_at delivery_date",
        "returned_at": "returned_at return_date",
        "item_count": "item_count num_of_item items pieces",
        "region": "region country state_code area land",
    },
    Dataset.ORDER_ITEMS: {
        "order_item_id": "order_item_id id item_id order_line_id line_id",
        "order_id": "order_id order_no order_number order_nr order bestellnummer bestellnr",
        "product_id": "product_id product_no article_id article_no article sku_id artikel "
        "artikelnummer product",
        "quantity": "quantity qty pieces count amount_of_pieces menge anzahl",
        "unit_price": "unit_price price sale_price item_price net_price preis einzelpreis",
        "status": "status item_status state",
        "shipped_at": "shipped_at ship_date sent_at",
        "delivered_at": "delivered_at delivery_date",
        "returned_at": "returned_at return_date",
    },
    Dataset.PRODUCTS: {
        "product_id": "product_id id product_no article_id article_no artikelnummer",
        "sku": "sku ean gtin",
        "name": "name product_name title description bezeichnung",
        "category": "category product_category group kategorie warengruppe",
        "brand": "brand manufacturer marke",
        "department": "department division",
        "cost": "cost purchase_price",
        "list_price": "list_price retail_price price msrp rrp preis",
    },
}
"""Names under which a canonical column is met, best first."""

LINE_NUMBERS = [
    "line_no",
    "line_number",
    "item_no",
    "item_number",
    "position",
    "pos",
    "seq",
    "line",
]
"""Names of a number within the order, which makes a key together with the order."""

_STEMS = {
    Dataset.ORDER_ITEMS: ("order_items", "orderitems", "items", "lines", "positions"),
    Dataset.PRODUCTS: ("products", "articles", "items_master", "catalog"),
    Dataset.ORDERS: ("orders", "order", "sales"),
}
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
    r"(Z| UTC|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)")
_DIGITS = {"yyyy": "[0-9]{4}", "MM": "(0[1-9]|1[0-2])", "dd": "(0[1-9]|[12][0-9]|3[01])"}
_DIGITS |= {"HH": "([01][0-9]|2[0-3])", "mm": "[0-5][0-9]", "ss": "[0-5][0-9]"}
_DATES = ("dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy", "yyyy/MM/dd", "yyyyMMdd")
FORMATS = tuple(date + clock for date in _DATES for clock in ("", " HH:mm", " HH:mm:ss"))


@dataclass(frozen=True)
class Sample:
    """The header and first records of files of one dataset."""

    header: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]

    def values(self, column: str) -> list[str]:
        """The values of a column that are not empty, trimmed."""
        at = self.header.index(column)
        cells = (record[at].strip() for record in self.records if at < len(record))
        return [cell for cell in cells if cell]


def read_sample(path: Path) -> Sample:
    """The header and up to 1,000 records of a CSV file, plain or gzipped.

    Raises:
        UsageError: The file cannot be read, or has no header.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as source:
            data = source.read(_SAMPLE_BYTES)
    except (OSError, EOFError) as error:
        raise UsageError(
            f"the file cannot be read ({error})", where=str(path), cure="name a CSV file"
        ) from error
    text = _decoded(data)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    full = (row for row in rows if any(cell.strip() for cell in row))
    try:
        header, *records = itertools.islice(full, SAMPLE_RECORDS + 1)
    except (ValueError, csv.Error) as error:
        raise UsageError(
            f"there is no header to read ({error})",
            where=str(path),
            cure="name a CSV file with a header",
        ) from error
    return Sample(tuple(name.strip() for name in header), tuple(tuple(row) for row in records))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def guess_dataset(path: Path, sample: Sample) -> Dataset:
    """The dataset by the folder's or file's name, else by the header."""
    for name in (_plain(path.parent.name), _plain(path.stem.removesuffix(".csv"))):
        for dataset, stems in _STEMS.items():
            if any(name == stem or name.startswith(stem + "_") for stem in stems):
                return dataset
    return max(Dataset, key=lambda dataset: _fit(dataset, sample))


def _fit(dataset: Dataset, sample: Sample) -> float:
    required = [name for name, column in CANONICAL[dataset].items() if column.required]
    found = guess_columns(dataset, sample)
    return sum(name in found for name in required) / len(required) + len(found) / 100


def guess_columns(dataset: Dataset, sample: Sample) -> dict[str, str]:
    """The header's name for each canonical column that was recognised."""
    free = {_plain(name): name for name in reversed(sample.header)}
    found: dict[str, str] = {}
    for canonical, names in SYNONYMS[dataset].items():
        for name in (canonical, *names.split()):
            if name in free:
                found[canonical] = free.pop(name)
                break
    return found


def guess_line_number(sample: Sample) -> str | None:
    """The header's name of the column that numbers the items of an order, or None."""
    names = {_plain(name): name for name in sample.header}
    return next((names[name] for name in LINE_NUMBERS if name in names), None)


def guess_formats(values: Sequence[str]) -> list[str]:
    """The formats that fit all these times; more than one where the sample cannot tell."""
    if not values:
        return []
    if all(_ISO.fullmatch(value) for value in values):
        return ["iso"]
    for name, digits in (("epoch_s", 10), ("epoch_ms", 13)):
        if all(value.isdigit() and len(value) == digits for value in values):
            return [name]
    return [name for name in FORMATS if _fits(name, values)]


def _fits(name: str, values: Sequence[str]) -> bool:
    pattern = re.escape(name)
    for letters, digits in _DIGITS.items():
        pattern = pattern.replace(letters, digits, 1)
    return all(re.fullmatch(pattern, value) for value in values)


def guess_kind(values: Sequence[str]) -> Kind:
    """Integer, decimal or string, by the values."""
    if values and all(re.fullmatch("[+-]?[0-9]{1,18}", value) for value in values):
        return Kind.INTEGER
    if values and all(_NUMBER.fullmatch(value) for value in values):
        return Kind.DECIMAL
    return Kind.STRING


def _plain(name: str) -> str:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")

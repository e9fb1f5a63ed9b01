"""Whole files that are good or bad in a way of their own, planted beside the shop's files.

Their orders have numbers beyond the shop's, so that nothing else depends on them.
"""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spark_jobs.facts.violations import FileCode, RecordCode, WarningCode
from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.generate.defects import Record, record_line
from spark_jobs.generate.options import FilePlan
from spark_jobs.generate.output import Output
from spark_jobs.generate.shapes import Shape
from spark_jobs.generate.shop import Shop

RECORDS = 40
BAD_ONES = 8


@dataclass(frozen=True)
class Materials:
    """Good records, and headers, to make files of."""

    header: Sequence[str]
    records: list[Record]

    def csv(self, delimiter: str = ",", without: str = "") -> str:
        """All records with their header."""
        kept = [{k: v for k, v in record.items() if k != without} for record in self.records]
        names = delimiter.join(name for name in self.header if name != without) + "\n"
        return names + "".join(record_line(record, delimiter) for record in kept)


def plant_files(output: Output, shop: Shop, shape: Shape) -> None:
    """Write the files into the batch's folders and say what each must come to."""
    orders = _materials(output, shop, shape, Dataset.ORDERS)
    items = _materials(output, shop, shape, Dataset.ORDER_ITEMS)
    products = _materials(output, shop, shape, Dataset.PRODUCTS)
    _good(output, orders)
    _rejected(output, orders, products)
    broken = items.csv() + '999999999,"never closed' + "\n" + "1,2,3,4,5\n" * 3
    _reject(output, Dataset.ORDER_ITEMS, "x_unclosed.csv", broken, FileCode.UNCLOSED_QUOTE)
    spoilt = [
        {**record, items.header[-1]: ""} if n < BAD_ONES else record
        for n, record in enumerate(items.records)
    ]
    file = _reject(
        output,
        Dataset.ORDER_ITEMS,
        "x_mostly_bad.csv",
        Materials(items.header, spoilt).csv(),
        FileCode.TOO_MANY_BAD_RECORDS,
    )
    file.records, file.rejected = len(spoilt), {RecordCode.MISSING_VALUE: BAD_ONES}


def _good(output: Output, orders: Materials) -> None:
    content: dict[str, Callable[[Materials], bytes]] = {
        "x_gzip.csv": lambda m: gzip.compress(m.csv().encode(), mtime=0),
        "x_utf16.csv": lambda m: b"\xff\xfe" + m.csv().encode("utf-16-le"),
        "x_semicolon.csv": lambda m: m.csv(";").encode(),
    }
    share = len(orders.records) // len(content)
    for place, (name, make) in enumerate(content.items()):
        part = Materials(orders.header, orders.records[place * share : (place + 1) * share])
        output.write_raw(Dataset.ORDERS, name, make(part)).records = share
    again = output.write_raw(Dataset.ORDERS, "x_semicolon_again.csv", make(part))
    again.records, again.verdict = share, Verdict.SKIPPED
    again.note = "the content of x_semicolon.csv: whichever of the two comes second is skipped"
    only = output.write_raw(Dataset.ORDERS, "x_header_only.csv", _line(orders.header))
    only.warnings = {WarningCode.NO_RECORDS: 1}


def _rejected(output: Output, orders: Materials, products: Materials) -> None:
    latin = orders.records[0] | {"status": "Traité"}
    text = Materials(orders.header, [latin, *orders.records[1:]]).csv()
    _reject(output, Dataset.ORDERS, "x_latin1.csv", text.encode("latin-1"), FileCode.BAD_ENCODING)
    short = orders.csv(without=orders.header[1])
    _reject(output, Dataset.ORDERS, "x_missing_column.csv", short, FileCode.MISSING_COLUMN)
    _reject(output, Dataset.ORDERS, "x_empty.csv", "", FileCode.EMPTY_FILE)
    _reject(output, Dataset.ORDERS, "x_products.csv", products.csv(), FileCode.OTHER_DATASET)


def _reject(
    output: Output, dataset: Dataset, name: str, content: str | bytes, code: FileCode
) -> FilePlan:
    raw = content.encode() if isinstance(content, str) else content
    file = output.write_raw(dataset, name, raw)
    file.records = None
    file.verdict, file.file_code = Verdict.REJECTED, code
    return file


def _line(header: Sequence[str]) -> bytes:
    return (",".join(header) + "\n").encode()


def _materials(output: Output, shop: Shop, shape: Shape, dataset: Dataset) -> Materials:
    """Records like the shop's first ones, under keys that the shop does not use."""
    block = next(shop.blocks(0, min(RECORDS, shop.options.orders)))
    until = shop.season.until
    match dataset:
        case Dataset.ORDERS:
            columns = shape.orders(block, until)
        case Dataset.ORDER_ITEMS:
            columns = shape.items(block, until)
        case Dataset.PRODUCTS:
            columns = shape.products(shop.catalogue, np.arange(min(20, shop.catalogue.size)))
    header = output.header(dataset)
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    key, beyond = header[0], (shop.options.orders + 1) * 1000
    good = [dict(zip(header, [value or "" for value in row], strict=True)) for row in rows]
    wanted = [good[n % len(good)] | {key: str(beyond + n)} for n in range(RECORDS)]
    return Materials(header, wanted)

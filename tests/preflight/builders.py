"""Contracts, files and results of preflight for tests."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from spark_jobs.contracts.model import Column, Contract, DatasetContract
from spark_jobs.facts.words import Dataset, Kind
from spark_jobs.preflight import FileReport, Limits, SourceFile, preflight
from spark_jobs.preflight.model import DEFAULT_LIMITS
from spark_jobs.preflight.run import _Run
from spark_jobs.preflight.segments import Reading


def a_column(name: str, source: str | None = None, *, required: bool = True) -> Column:
    """A text column, under its own name unless told otherwise."""
    return Column(name, Kind.STRING, source=source or name, required=required)


def a_dataset(dataset: Dataset, *columns: Column, generated_key: bool = False) -> DatasetContract:
    """A dataset of those columns."""
    return DatasetContract(dataset, columns, generated_key=generated_key)


def a_contract(
    *datasets: DatasetContract, shape: str = "shop", encoding: str = "utf-8"
) -> Contract:
    """A shape of those datasets."""
    by_name = {dataset.dataset: dataset for dataset in datasets}
    return Contract(shape, "1.0.0", by_name, encoding=encoding)


ORDERS = a_dataset(
    Dataset.ORDERS,
    a_column("order_id"),
    a_column("customer_id", "user_id"),
    a_column("region", required=False),
)
ITEMS = a_dataset(
    Dataset.ORDER_ITEMS,
    a_column("order_item_id"),
    a_column("order_id"),
    a_column("product_id"),
    a_column("unit_price", "price"),
    generated_key=True,
)
SHOP = a_contract(ORDERS, ITEMS)


@dataclass(frozen=True)
class Result:
    """What preflight left behind for one file."""

    source: SourceFile
    report: FileReport
    rows: list[dict[str, Any]]
    malformed: list[dict[str, Any]]

    @property
    def values(self) -> list[tuple[str | None, ...]]:
        """The values of the rows, without their provenance."""
        return [tuple(v for k, v in row.items() if k[0] != "_") for row in self.rows]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Record number and line of each row."""
        return [(row["_record"], row["_line"]) for row in self.rows]

    @property
    def problems(self) -> list[str]:
        """The codes of the problems."""
        return [str(problem.code) for problem in self.report.problems]

    @property
    def codes(self) -> list[str]:
        """The codes of the malformed records."""
        return [row["code"] for row in self.malformed]


def a_file(
    folder: Path, data: bytes, hint: Dataset | None = Dataset.ORDERS, name: str = "orders/o.csv"
) -> SourceFile:
    """A received file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return SourceFile(path, name, hint, hashlib.sha256(data).hexdigest())


def read(
    folder: Path,
    data: bytes,
    *,
    contracts: Sequence[Contract] = (SHOP,),
    hint: Dataset | None = Dataset.ORDERS,
    all_careful: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Result:
    """Preflight of one file of those bytes, under those limits."""
    source, out = a_file(folder, data, hint), folder / "out"
    if all_careful:
        with ThreadPoolExecutor(1) as pool:
            run = _Run(pool, 1, out, limits, None, all_careful=True)
            (report,) = run.read([Reading(source, limits)], contracts)
    else:
        (report,) = preflight([source], contracts, out, limits, threads=2)
    return Result(source, report, rows_of(out, report), malformed_of(out, report))


def rows_of(out: Path, report: FileReport) -> list[dict[str, Any]]:
    """The rows of a file, in the order of its segments."""
    paths = out.glob(f"*/*/f{report.index}-*.parquet")
    numbered = sorted(paths, key=lambda path: int(path.stem.split("-")[1]))
    return [row for path in numbered for row in pq.read_table(path).to_pylist()]


def malformed_of(out: Path, report: FileReport) -> list[dict[str, Any]]:
    """The malformed records of a file."""
    path = out / "malformed" / f"f{report.index}.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.exists() else []
    return rows

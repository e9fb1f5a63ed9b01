"""Records as the preflight leaves them, and what the split makes of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.contracts.load import load_contract
from spark_jobs.contracts.model import Contract
from spark_jobs.facts.words import Dataset
from spark_jobs.preflight.rows import frame_schema
from spark_jobs.rules.split import ReceivedFile, received_files, split_by_key
from spark_jobs.session import Engine

RECEIVED = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVERY_KIND = load_contract(Path(__file__).parent / "every_kind.yaml")
SEPARATOR = "\x1f"

Record = dict[str, str | None]


def a_record(**given: str | None) -> Record:
    """An order of the shape `every_kind` by canonical names, good but for what is given."""
    return {
        "order_id": "A-1",
        "customer_id": "C1",
        "ordered_at": "2025-03-08T10:00:00",
        "status": "complete",
    } | given


def an_item_record(**given: str | None) -> Record:
    """An item of the shape `every_kind`."""
    return {
        "order_item_id": "1",
        "order_id": "A-1",
        "product_id": "P1",
        "quantity": "1",
        "price": "10.00",
    } | given


def a_product_record(**given: str | None) -> Record:
    """A product of the shape `every_kind`."""
    return {"product_id": "P1"} | given


def in_zone(zone: str, contract: Contract = EVERY_KIND) -> Contract:
    """The contract, for files whose times without a zone are of that zone."""
    return replace(contract, time_zone=zone)


def raw_frame(
    engine: Engine,
    folder: Path,
    contract: Contract,
    dataset: Dataset,
    files: Sequence[Sequence[Record]],
) -> DataFrame:
    """The records of files as Parquet of text, as the preflight writes it, read by the engine."""
    names = [column.name for column in contract.datasets[dataset].source_columns]
    folder.mkdir(parents=True, exist_ok=True)
    for index, records in enumerate(files):
        rows: list[dict[str, Any]] = [
            {"_file": index, "_record": number, "_line": number + 1, **record}
            for number, record in enumerate(records, start=1)
        ]
        for row in rows:
            assert set(row) - {"_file", "_record", "_line"} <= set(names), row
        pq.write_table(
            pa.Table.from_pylist(rows, frame_schema(names)), folder / f"f{index}.parquet"
        )
    return engine.spark.read.parquet(str(folder))


def judged(
    engine: Engine,
    folder: Path,
    dataset: Dataset,
    files: Sequence[Sequence[Record]],
    *,
    contract: Contract = EVERY_KIND,
    lake_zone: str = "UTC",
    without_key: Sequence[int] = (),
) -> DataFrame:
    """The split of files, all received at `RECEIVED`.

    Args:
        without_key: The indexes of files that lack the key column.
    """
    received = [
        ReceivedFile(index, f"{index:x}" * 64, RECEIVED, generated_key=index in without_key)
        for index in range(len(files))
    ]
    return split_by_key(
        raw_frame(engine, folder, contract, dataset, files),
        received_files(engine.spark, received),
        received,
        contract,
        dataset,
        lake_zone=lake_zone,
    )


def collectable(rows: DataFrame) -> DataFrame:
    """The rows with their findings as one text, for Sail hands out no arrays of views."""
    joined = {name: F.array_join(name, SEPARATOR) for name in ("violations", "warnings")}
    return rows.withColumns(joined)


def findings(joined: str | None) -> list[tuple[str, str, str]]:
    """(code, column, value) of each finding in a row of `collectable`."""
    texts = [] if joined is None else joined.split(SEPARATOR)
    return [(code, column, value) for code, column, value in (t.split("\t", 2) for t in texts)]


def codes(joined: str | None) -> list[tuple[str, str]]:
    """(code, column) of each finding in a row of `collectable`."""
    return [(code, column) for code, column, _ in findings(joined)]


def moment(text: str) -> datetime:
    """The moment in UTC, as rows are collected: without a zone."""
    return datetime.fromisoformat(text)

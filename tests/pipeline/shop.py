"""A small shop in a landing folder, and what a lake holds afterwards."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema

from spark_jobs.pipeline import RunOptions
from spark_jobs.session import Engine
from tests.builders import Record, a_product, a_shop_file, an_item, an_order

MORNING = datetime(2026, 6, 1, 8, tzinfo=UTC)
EVENING = datetime(2026, 6, 1, 20, tzinfo=UTC)
STAMPS = ("batch_id", "version", "updated_at")

BUNDLED = Path(str(resources.files("spark_jobs.contracts")))


def received(at: datetime = MORNING, **options: Any) -> RunOptions:
    """Options of a run over files received at that time."""
    return RunOptions(received_at=at, **options)


def a_landing(folder: Path) -> Path:
    """A clean file of each dataset: an order of 30.00 with two items."""
    a_shop_file(folder / "orders" / "a.csv", [an_order("1", count="2")])
    a_shop_file(folder / "order_items" / "a.csv", [an_item("1"), an_item("2", price="20.00")])
    a_shop_file(folder / "products" / "a.csv", [a_product("1")])
    return folder


def orders_with_bad_ones(good: int, bad: int) -> list[Record]:
    """Orders of which the last lack their customer."""
    records = [an_order(str(number)) for number in range(1, good + bad + 1)]
    return records[:good] + [{**record, "user_id": ""} for record in records[good:]]


def tolerant_contracts(folder: Path) -> Path:
    """The bundled contracts, for files of which up to half may be bad."""
    folder.mkdir()
    for path in BUNDLED.glob("*.yaml"):
        text = path.read_text("utf-8").replace(
            "badRecordsPercent, value: 5}", "badRecordsPercent, value: 50}"
        )
        (folder / path.name).write_text(text, "utf-8")
    return folder


def lake_of(engine: Engine, lake: Path) -> Engine:
    """The engine, bound to the tables of a lake."""
    return engine.for_warehouse(lake / "warehouse")


def rows(engine: Engine, table: str, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of a table in a stable order."""
    found = [row.asDict(recursive=True) for row in engine.read(table).collect()]
    left = [{name: v for name, v in row.items() if name not in without} for row in found]
    return sorted(left, key=repr)


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """What a lake says of its orders, without the stamps of who wrote it when."""
    tables = ("orders", "order_items", "products", "order_kpi_table", "category_kpi_table")
    return {table: rows(engine, table, STAMPS) for table in tables}


@cache
def _schema() -> dict[str, Any]:
    path = resources.files("spark_jobs.pipeline").joinpath("verdict.schema.json")
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def assert_fits_schema(document: Any) -> None:
    """Fails with all that `verdict.schema.json` has against a document."""
    errors = jsonschema.Draft202012Validator(_schema()).iter_errors(document)
    complaints = [f"{error.json_path}: {error.message}" for error in errors]
    assert not complaints, "\n".join(complaints)

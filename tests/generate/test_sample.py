"""The bundled sample is what its script makes, and tells its story."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "spark_jobs" / "sample"
Records = Callable[[Path, str], list[dict[str, str]]]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """scripts/make_sample.py as a module."""
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "scripts/make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contents(folder: Path) -> dict[str, bytes]:
    """Every CSV file under a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.csv")}


def test_the_committed_sample_is_what_the_script_makes(tmp_path: Path, script: ModuleType) -> None:
    script.write_sample(tmp_path)
    assert contents(tmp_path) == contents(SAMPLE)
    assert sum(map(len, contents(SAMPLE).values())) < 150_000


def test_batch_2_brings_the_order_of_items_that_waited(records: Records) -> None:
    orders = {row["order_id"] for row in records(SAMPLE, "batch-1/orders")}
    waiting = {row["order_id"] for row in records(SAMPLE, "batch-1/order_items")} - orders
    assert len(waiting) == 1
    assert waiting <= {row["order_id"] for row in records(SAMPLE, "batch-2/orders")}


def test_batch_2_returns_orders_of_earlier_days(records: Records) -> None:
    before = {row["order_id"]: row["status"] for row in records(SAMPLE, "batch-1/orders")}
    later = records(SAMPLE, "batch-2/orders")
    returned = [row for row in later if row["status"] == "Returned"]
    assert any(before.get(row["order_id"]) == "Complete" for row in returned)


def test_batch_2_holds_a_file_that_was_received_before() -> None:
    first, second = contents(SAMPLE / "batch-1"), contents(SAMPLE / "batch-2")
    assert second["orders/again.csv"] == first["orders/orders_week2.csv"]


def test_batch_2_moves_a_product_that_sold_to_another_category(records: Records) -> None:
    before = {row["id"]: row["category"] for row in records(SAMPLE, "batch-1/products")}
    (moved,) = records(SAMPLE, "batch-2/products")
    assert moved["category"] != before[moved["id"]]
    assert moved["id"] in {row["product_id"] for row in records(SAMPLE, "batch-1/order_items")}


def test_batch_3_breaks_a_header_and_three_records() -> None:
    batch = contents(SAMPLE / "batch-3")
    assert b"creation date" in batch["orders/orders_0318_app.csv"]
    assert b"created_at" not in batch["orders/orders_0318_app.csv"]
    orders, items = batch["orders/orders_0317.csv"], batch["order_items/order_items_0317.csv"]
    assert orders.count(b"2026-02-30") == 1
    assert items.count(b"n/a") == 1
    short = [line for line in items.splitlines() if line.count(b",") == 8]
    assert len(short) == 1

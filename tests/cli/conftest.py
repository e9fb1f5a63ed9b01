"""A small shop, and the command `orders` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.builders import a_product, a_shop_file, an_item, an_order
from tests.support.forked import run_forked


def run_orders(
    *arguments: str | Path, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder, without a terminal."""
    process = start_orders(*arguments, cwd=cwd, **environment)
    said, told = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, said, told)


def run_quickly(
    *arguments: str | Path, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The same in a process forked from one that has imported all: what is told at import is not
    seen, and some seconds are saved.
    """
    with tempfile.TemporaryDirectory(prefix="orders-said-") as name:
        said, told = Path(name) / "said", Path(name) / "told"
        words = [str(argument) for argument in arguments]
        code = run_forked(words, environment, said, 240, errors=told, cwd=cwd)
        return subprocess.CompletedProcess(words, code, said.read_text(), told.read_text())


def start_orders(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """Starts the command in a folder, without a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "spark_jobs.cli", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test in a folder of its own, without settings of the person who runs it."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ORDERS_")]:
        monkeypatch.delenv(name)


def a_shop(folder: Path, *, bad_records: int = 0) -> Path:
    """Two days, orders of 20.00 and 30.00, 60 cancelled, an item without an order, bad orders."""
    orders = [an_order("1"), an_order("2", at="2025-03-09T10:00:00", customer="8")]
    # More good ones: a file with too many bad records would be rejected whole.
    orders += [an_order(str(number), status="cancelled") for number in range(100, 160)]
    orders += [an_order(str(900 + number), at="yesterday") for number in range(bad_records)]
    a_shop_file(folder / "orders/orders.csv", orders)
    items = [
        an_item("1", "1"),
        an_item("2", "1"),
        an_item("3", "2", price="30.00", at="2025-03-09T10:00:00"),
        an_item("4", "77"),
    ]
    a_shop_file(folder / "order_items/items.csv", items)
    a_shop_file(folder / "products/products.csv", [a_product()])
    return folder

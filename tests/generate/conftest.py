"""Shops that several tests read, and an independent reading of what was written."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from spark_jobs.generate import FilePlan, GenerateOptions, Plan, generate

Rows = list[list[str]]
csv.field_size_limit(2**24)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    """20,000 orders of the shape thelook without defects."""
    out = tmp_path_factory.mktemp("clean")
    return out, generate(GenerateOptions(orders=20_000, days=364), out)


@pytest.fixture(scope="session", params=["thelook", "basic"])
def dirty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Plan]:
    """5,000 orders with 2 % planted defects, for each shape."""
    out = tmp_path_factory.mktemp(f"dirty-{request.param}")
    return out, generate(GenerateOptions(orders=5_000, shape=request.param, dirty=0.02), out)


@pytest.fixture(scope="session")
def updated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    """4,000 orders, a tenth of them in a second batch."""
    out = tmp_path_factory.mktemp("updated")
    return out, generate(GenerateOptions(orders=4_000, updates=0.1), out)


@pytest.fixture(scope="session")
def read() -> Callable[[Path], Rows]:
    """Header and records of a file in UTF-8, by Python's own reader."""

    def rows(path: Path) -> Rows:
        return list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))

    return rows


@pytest.fixture(scope="session")
def records(read: Callable[[Path], Rows]) -> Callable[[Path, str], list[dict[str, str]]]:
    """The records of all files under a folder, by column."""

    def of_folder(out: Path, folder: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for path in sorted((out / folder).glob("*.csv")):
            header, *rows = read(path)
            found += [dict(zip(header, row, strict=True)) for row in rows]
        return found

    return of_folder


@pytest.fixture(scope="session")
def shop_files() -> Callable[[Plan], list[FilePlan]]:
    """The shop's own files: not those that are planted whole."""
    return lambda plan: [file for file in plan.files if "/x_" not in file.path]

"""What the proofs share: dropping files, running batches, reading the KPI tables back."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline import RunOptions, RunReport, run_batch
from spark_jobs.session import Engine
from tests.oracle import OracleResult, ReceivedFile, oracle
from tests.oracle.oracle import CONTRACTS
from tests.oracle.shape import KEYS
from tests.proof.shops import Dropped, Shop

ORDER_COLUMNS = (
    "total_orders",
    "cancelled_orders",
    "total_revenue",
    "net_revenue",
    "avg_order_value",
    "total_items_sold",
    "return_rate",
    "unique_customers",
)
CATEGORY_COLUMNS = ("daily_revenue", "net_revenue", "avg_order_value", "avg_return_rate")

Tables = tuple[dict[date, dict[str, Any]], dict[tuple[str, date], dict[str, Any]]]


def drop(landing: Path, files: Mapping[str, Dropped]) -> dict[str, datetime]:
    """Writes the files of a batch; returns when each was received, by its name."""
    for name, file in files.items():
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    return {name: file.received_at for name, file in files.items()}


def tolerant_contracts(folder: Path) -> Path:
    """The bundled contracts, but up to 40 percent of a file may be bad."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in CONTRACTS.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert "badRecordsPercent, value: 5}" in text
        (folder / path.name).write_text(
            text.replace("badRecordsPercent, value: 5}", "badRecordsPercent, value: 40}"),
            encoding="utf-8",
        )
    return folder


def run_shop(engine: Engine, shop: Shop, folder: Path, contracts: Path) -> list[RunReport]:
    """Runs the batches of a shop one after the other on a new lake, `folder/lake`."""
    reports = []
    for number, files in enumerate(shop.batches):
        landing = folder / f"landing{number}"
        options = RunOptions(
            contracts=contracts, received_at=drop(landing, files), time_zone=shop.zone
        )
        reports.append(run_batch(engine, landing, folder / "lake", options=options))
    return reports


def lake_of(engine: Engine, lake: Path) -> Engine:
    """The engine, bound to the tables of a lake."""
    return engine.for_warehouse(lake / "warehouse")


def judge_shop(shop: Shop, folder: Path, contracts: Path) -> OracleResult:
    """What the oracle says of the shop's files (dropped under `folder` before)."""
    files = [
        ReceivedFile(folder / f"landing{number}" / name, file.dataset, file.received_at)
        for number, batch in enumerate(shop.batches)
        for name, file in batch.items()
    ]
    return oracle(files, contracts, shop.zone)


def kpi_tables(engine: Engine) -> Tables:
    """Both KPI tables of the engine's lake, by their keys."""
    orders: dict[date, dict[str, Any]] = {}
    categories: dict[tuple[str, date], dict[str, Any]] = {}
    if engine.table_exists("order_kpi_table"):
        for row in engine.read("order_kpi_table").collect():
            assert row["order_date"] not in orders, f"two rows for {row['order_date']}"
            orders[row["order_date"]] = {name: row[name] for name in ORDER_COLUMNS}
    if engine.table_exists("category_kpi_table"):
        for row in engine.read("category_kpi_table").collect():
            key = (row["category"], row["order_date"])
            assert key not in categories, f"two rows for {key}"
            categories[key] = {name: row[name] for name in CATEGORY_COLUMNS}
    return orders, categories


def assert_equals_oracle(engine: Engine, expected: OracleResult) -> None:
    """Fails with the rows that differ, ours and the oracle's side by side."""
    orders, categories = kpi_tables(engine)
    assert _differences(orders, expected.order_kpis) == {}
    assert _differences(categories, expected.category_kpis) == {}


def _differences(ours: Mapping[Any, Any], expected: Mapping[Any, Any]) -> dict[str, Any]:
    keys = sorted({*ours, *expected}, key=str)
    return {
        str(key): {"got": ours.get(key), "expected": expected.get(key)}
        for key in keys
        if ours.get(key) != expected.get(key)
    }


def assert_conserved(reports: Iterable[RunReport]) -> None:
    """Both sums of every file: nothing lost, nothing counted twice."""
    for report in reports:
        assert_conserved(report.resumed)
        for file in report.files:
            receipt = report.receipt(file)
            if file.verdict is Verdict.SKIPPED:
                continue
            parts = (file.staged, file.quarantined, file.in_rejected_file)
            assert file.records == sum(parts), file
            if file.verdict is Verdict.REJECTED:
                assert parts == (0, 0, file.records), file
            else:
                assert file.in_rejected_file == 0, file
            told = receipt.stored + receipt.superseded + receipt.identical
            assert file.staged == told, (file, receipt)


def assert_settled(engine: Engine, lake: Path) -> None:
    """Nothing is left half done: outbox and staging are empty, every key is in its table once."""
    bound = lake_of(engine, lake)
    assert bound.read("outbox").collect() == []
    staged = lake / "staged"
    assert not staged.exists() or list(staged.iterdir()) == []
    for name, key in KEYS.items():
        keys = [row[key] for row in bound.read(name).select(key).collect()]
        assert len(keys) == len(set(keys)), f"{name} has a key twice"

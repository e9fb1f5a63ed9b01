"""A shop in three batches for the kill tests: the second touches every effect of a run."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spark_jobs.facts.effects import KILL_VARIABLE
from spark_jobs.pipeline import RunOptions, RunReport, run_batch
from spark_jobs.session import Engine
from tests.builders import a_product, a_shop_file, an_item, an_order
from tests.oracle import OracleResult, ReceivedFile, oracle
from tests.oracle.oracle import utc
from tests.proof.harness import assert_conserved, assert_equals_oracle, assert_settled, lake_of
from tests.support.forked import run_forked

RECEIVED = {
    "first": utc("2025-06-01 00:00"),
    "second": utc("2025-06-02 00:00"),
    "third": utc("2025-06-03 00:00"),
}


@dataclass(frozen=True)
class KillShop:
    """Where the three batches lie.

    Args:
        drops: The batches as they were made; a test runs copies of them.
        folder: Where landing folders, lake and archive of a test lie (always the same, for
            tables remember where they are).
        backup: The lake after the first batch.
    """

    drops: Path
    folder: Path
    backup: Path

    @property
    def lake(self) -> Path:
        """The lake."""
        return self.folder / "lake"

    def reset(self) -> None:
        """The lake as it was after the first batch, the other two dropped."""
        for path in self.folder.iterdir():
            shutil.rmtree(path)
        shutil.copytree(self.backup, self.lake)
        for name in ("second", "third"):
            shutil.copytree(self.drops / name, self.folder / name)

    def arguments(self, name: str) -> list[str]:
        """What `orders` is told to run a batch."""
        return [
            *("run", str(self.folder / name), "--lake", str(self.lake)),
            *("--archive", str(self.folder / "archive")),
            *("--received-at", RECEIVED[name].isoformat()),
        ]

    def command(self, name: str) -> list[str]:
        """The command line that runs a batch."""
        return [str(Path(sys.executable).with_name("orders")), *self.arguments(name)]

    def run(self, engine: Engine, name: str) -> RunReport:
        """Runs a batch in this process."""
        options = RunOptions(received_at=RECEIVED[name], archive=self.folder / "archive")
        (self.folder / name).mkdir(exist_ok=True)
        return run_batch(engine, self.folder / name, self.lake, options=options)

    def judge(self, *names: str) -> OracleResult:
        """What the tables must be after these batches."""
        return oracle(
            [
                ReceivedFile(path, path.parent.name, RECEIVED[name])
                for name in names
                for path in sorted((self.drops / name).rglob("*.csv"))
            ]
        )

    def assert_right(self, engine: Engine, reports: Sequence[RunReport], *later: str) -> None:
        """Tables as the oracle's, sums that hold, nothing half done, every file archived once.

        Args:
            later: The batches that ran after the first.
        """
        assert_conserved(reports)
        bound = lake_of(engine, self.lake)
        expected = self.judge("first", *later)
        assert_equals_oracle(bound, expected)
        assert_settled(engine, self.lake)
        quarantined = bound.read("quarantine").select("file", "record").collect()
        counts = expected.counts.values()
        assert len(quarantined) == sum(quarantine for _, _, quarantine in counts)
        received = (
            bound.read("received_files").select("file", "verdict", "records", "staged").collect()
        )
        told = {row["file"]: (row["verdict"], row["records"], row["staged"]) for row in received}
        assert len(received) == len(told) == len(expected.verdicts)
        for path, (records, staged, quarantine) in expected.counts.items():
            verdict = "partial" if quarantine else expected.verdicts[path]
            name = f"{path.parent.name}/{path.name}"
            assert told[name] == (verdict, records, staged), name
        batches = [row["batch_id"] for row in bound.read("batches").select("batch_id").collect()]
        assert len(batches) == len(set(batches))
        dropped = {path.name for name in later for path in (self.drops / name).rglob("*.csv")}
        archived = [path.name for path in (self.folder / "archive").rglob("*.csv")]
        assert sorted(archived) == sorted(dropped)
        assert [p for name in later for p in (self.folder / name).rglob("*.csv")] == []


def run_killed(shop: KillShop, name: str, moment: str, output: Path) -> int:
    """Runs a batch in a process of its own that kills itself at the moment; its exit code."""
    environment = {KILL_VARIABLE: moment, "NO_COLOR": "1"}
    return run_forked(shop.arguments(name), environment, output, timeout=240)


def make_kill_shop(engine: Engine, folder: Path) -> KillShop:
    """Drops the three batches and brings the first into a lake."""
    drops, work, backup = folder / "drops", folder / "work", folder / "backup"
    drop_three_batches(drops)
    work.mkdir()
    shop = KillShop(drops, work, backup)
    expected = shop.judge(*RECEIVED)
    assert "rejected" in expected.verdicts.values()
    assert expected.held
    shutil.copytree(drops / "first", work / "first")
    run_batch(engine, work / "first", shop.lake, options=RunOptions(received_at=RECEIVED["first"]))
    shutil.copytree(shop.lake, backup)
    return shop


def drop_three_batches(folder: Path) -> None:
    """Drops the batches under `first`, `second` and `third`."""
    _first(folder / "first")
    _second(folder / "second")
    _third(folder / "third")


def _first(folder: Path) -> None:
    orders = [an_order(str(n), at=f"2025-03-{n % 5 + 1:02d}T10:00:00") for n in range(1, 41)]
    orders[7]["created_at"] = "2025-02-30"
    items = [an_item(str(n), str(n), product=str(n % 4), price=f"{n}.25") for n in range(1, 46)]
    products = [a_product(str(n), category=("Beauty", "Home", "Toys")[n]) for n in range(3)]
    a_shop_file(folder / "orders" / "o1.csv", orders)
    a_shop_file(folder / "order_items" / "i1.csv", items)
    a_shop_file(folder / "products" / "p1.csv", products)


def _second(folder: Path) -> None:
    later = "2025-05-01T00:00:00"
    orders = [an_order(str(n), at="2025-04-02T10:00:00", shipped=later) for n in (1, 6, 41, 42)]
    orders += [an_order(str(n), at="2025-03-03T10:00:00", status="cancelled") for n in (2, 7)]
    items = [an_item("3", "3", status="returned", returned=later, price="3.25", product="3")]
    items += [an_item(str(n), str(n - 10), product="9") for n in range(50, 80)]
    items[9]["sale_price"] = "1e3"
    broken = [an_order(str(n), at="not a time") for n in range(3)]
    a_shop_file(folder / "orders" / "o2.csv", orders)
    a_shop_file(folder / "orders" / "o2_broken.csv", broken)
    a_shop_file(folder / "order_items" / "i2.csv", items)
    a_shop_file(folder / "products" / "p2.csv", [a_product("2", category="Home")])


def _third(folder: Path) -> None:
    orders = [an_order("1", at="2025-03-05T10:00:00", shipped="2025-05-02T00:00:00")]
    orders += [an_order("3", at="2025-03-04T10:00:00", status="returned", returned="2025-05-03")]
    orders += [an_order("43", at="2025-04-02T10:00:00")]
    a_shop_file(folder / "orders" / "o3.csv", orders)
    a_shop_file(folder / "products" / "p3.csv", [a_product("9", category="Garden")])
    a_shop_file(folder / "order_items" / "i3.csv", [an_item("50", "43", product="9", price="7.77")])

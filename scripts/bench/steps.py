"""The steps of a benchmark: each in fresh processes, the median of several."""

import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.figures import middle
from scripts.bench.pipeline import Load, kpi_table, load
from scripts.bench.process import Measured, StepError, measure
from scripts.bench.same import difference
from scripts.bench.shops import RECEIVED, Shop

EXERCISE_RECEIVED = "2025-06-01T00:00:00Z"
EXERCISE_CPUS = 2
TABLES = ("order_kpi_table", "category_kpi_table")


def say(line: str) -> None:
    """Tell the person who waits, on standard error."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Beside:
    """The load of a shop beside DuckDB, and the later batch; medians of the same rounds."""

    shop: Shop
    peer: Measured
    load: Load
    later: Load


@dataclass(frozen=True)
class Steps:
    """What can be measured.

    Args:
        work: Folder for lakes and tables; what is in it is removed.
        repeat: How often; the median counts.
    """

    work: Path
    repeat: int

    def import_of_gx(self) -> tuple[float, float]:
        """The bare import of Great Expectations in a fresh process: seconds, processor seconds."""
        say(f"import of Great Expectations, {self.repeat} times")
        runs = [
            measure("scripts.bench.import_gx", folder=self.work).output.split()
            for _ in range(self.repeat)
        ]
        seconds, cpu = zip(*runs, strict=True)
        return statistics.median(map(float, seconds)), statistics.median(map(float, cpu))

    def beside_duckdb(self, shop: Shop) -> Beside:
        """DuckDB, the load, and the later batch on its lake, in turns; then both compared.

        Raises:
            StepError: A table differs from DuckDB's.
        """
        peers, loads, laters = [], [], []
        for turn in range(1, self.repeat + 1):
            say(f"{shop.name} ({shop.megabytes:,.0f} MB), round {turn} of {self.repeat}: DuckDB")
            peers.append(self.peer([shop.load]))
            say(f"  {peers[-1].seconds:.1f} s; orders run")
            loads.append(self.load(shop))
            say(f"  {loads[-1].seconds:.1f} s; the batch of 1 %")
            if turn == self.repeat:
                self.compare()
            laters.append(load(shop.later, self.lake, received_at=RECEIVED[1]))
            say(f"  {laters[-1].seconds:.1f} s")
        self.peer([shop.load, shop.later])
        self.compare()
        return Beside(
            shop,
            peers[middle([each.seconds for each in peers])],
            loads[middle([each.seconds for each in loads])],
            laters[middle([each.seconds for each in laters])],
        )

    def peer(self, landings: Sequence[Path]) -> Measured:
        """The DuckDB script over landing folders in the order of their arrival."""
        return measure("scripts.bench.peer", self.work / "peer", *landings, folder=self.work)

    def load(self, shop: Shop, *, engine: str = "sail") -> Load:
        """A shop's load into a new lake."""
        shutil.rmtree(self.lake, ignore_errors=True)
        return load(shop.load, self.lake, received_at=RECEIVED[0], engine=engine)

    def on_spark(self, shop: Shop) -> Load:
        """A shop's load on Apache Spark, once.

        Raises:
            StepError: A table differs from DuckDB's.
        """
        say(f"{shop.name} on Apache Spark, once; this takes minutes")
        done = self.load(shop, engine="spark")
        say(f"  {done.seconds:.1f} s")
        self.peer([shop.load])
        self.compare()
        return done

    def once(self, shop: Shop) -> Load:
        """A large shop's load, once."""
        say(f"{shop.name} ({shop.megabytes:,.0f} MB), once")
        done = self.load(shop)
        say(f"  {done.seconds:.1f} s")
        return done

    def exercise(self, folder: Path) -> Load:
        """The exercise into a new lake, in a new process, on two processors."""
        runs = []
        for turn in range(1, self.repeat + 1):
            say(f"the exercise, {turn} of {self.repeat}")
            shutil.rmtree(self.lake, ignore_errors=True)
            runs.append(load(folder, self.lake, received_at=EXERCISE_RECEIVED, cpus=EXERCISE_CPUS))
            say(f"  {runs[-1].seconds:.1f} s")
        return runs[middle([each.seconds for each in runs])]

    def compare(self) -> None:
        """Holds the lake's KPI tables against those that DuckDB has written.

        Raises:
            StepError: They differ.
        """
        for table in TABLES:
            with (self.work / "peer" / f"{table}.csv").open(encoding="utf-8") as peers:
                found = difference(kpi_table(self.lake, table), peers)
            if found:
                raise StepError(f"{table} differs from DuckDB's: {found}")
        say("  both KPI tables equal DuckDB's")

    @property
    def lake(self) -> Path:
        """The lake that is being measured."""
        return self.work / "lake"

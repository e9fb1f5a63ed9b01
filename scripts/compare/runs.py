"""The ways to keep a day's revenue: ours and the SQL scripts, each as a process of its own."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import duckdb

from scripts.compare.script import KILL_VARIABLE
from spark_jobs.facts.effects import KILL_VARIABLE as OUR_KILL_VARIABLE
from spark_jobs.facts.effects import Effect

OURS_KILLED_AT = f"after:{Effect.MERGE_ORDERS}"
REJECTED = 3


class Way(Protocol):
    """Something that takes deliveries and knows the net revenue of a day afterwards."""

    @property
    def title(self) -> str:
        """The heading of its column."""

    def deliver(self, work: Path, batches: list[Path], *, killed: bool) -> bool:
        """Takes in the last of `batches`; False where the run stopped with an error."""

    def revenue(self, work: Path, day: date) -> Decimal | None:
        """What it says of a day, None where it has no row."""


@dataclass(frozen=True)
class Orders:
    """The command `orders`."""

    title: str = "`orders run`"

    def deliver(self, work: Path, batches: list[Path], *, killed: bool) -> bool:
        """Runs `orders run` over the delivery."""
        command = [_orders(), "run", str(batches[-1]), "--lake", str(work / "lake"), "--json"]
        variable = {OUR_KILL_VARIABLE: OURS_KILLED_AT} if killed else {}
        return _ran(command, variable, killed=killed)

    def revenue(self, work: Path, day: date) -> Decimal | None:
        """Asks `orders kpis daily`."""
        span = ["--from", day.isoformat(), "--to", day.isoformat()]
        command = [_orders(), "kpis", "daily", "--lake", str(work / "lake"), *span]
        done = subprocess.run(
            [*command, "--format", "csv"], capture_output=True, text=True, check=True
        )
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        return Decimal(rows[0]["net_revenue"]) if rows else None


@dataclass(frozen=True)
class Script:
    """One of the SQL scripts in `ways/`, run by DuckDB."""

    way: str
    title: str

    def deliver(self, work: Path, batches: list[Path], *, killed: bool) -> bool:
        """Runs the script over the delivery."""
        command = [sys.executable, "-m", "scripts.compare.script", self.way]
        command += [str(work / f"{self.way}.duckdb"), *map(str, batches)]
        return _ran(command, {KILL_VARIABLE: "1"} if killed else {}, killed=killed)

    def revenue(self, work: Path, day: date) -> Decimal | None:
        """Reads the table `daily`."""
        with duckdb.connect(str(work / f"{self.way}.duckdb")) as connection:
            tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            if ("daily",) not in tables:
                return None
            query = "SELECT net_revenue FROM daily WHERE order_date = ?"
            row = connection.execute(query, [day]).fetchone()
            return Decimal(row[0]) if row else None


WAYS: tuple[Way, ...] = (
    Orders(),
    Script("append", "DuckDB, append"),
    Script("reread", "DuckDB, all files again"),
    Script("dbt_event_time", "dbt-like, by event time"),
    Script("dbt_load_time", "dbt-like, by load time"),
)


def _orders() -> str:
    return str(Path(sys.executable).parent / "orders")


def _ran(command: list[str], variables: dict[str, str], *, killed: bool) -> bool:
    """Whether the command did its work; a kill that was asked for must have happened."""
    environment = {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if killed and done.returncode != -signal.SIGKILL:
        raise RuntimeError(f"{command} was to be killed and ended with {done.returncode}")
    if done.returncode not in {0, 1, REJECTED, -signal.SIGKILL}:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr}")
    if done.stderr and done.returncode == 1:
        print(f"    stopped: {done.stderr.splitlines()[0]}", file=sys.stderr)
    return done.returncode == 0

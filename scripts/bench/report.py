"""From measured steps to the table and the document of results."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from scripts.bench.figures import Row, Target, ratio
from scripts.bench.pipeline import Load
from scripts.bench.steps import Beside

AIMED_AT = 10
"""The scale that the targets are about."""
KPIS_PUBLISHED, EVERYTHING = Target(3), Target(4)
FASTER_THAN_SPARK = Target(8, at_least=True)
EXERCISE_SECONDS = Target(4)
FIVEFOLD, MEMORY_MB = Target(5.5), Target(4_000)
LATER_SHARE = Target(25)
_LESS = "figure less the import of Great Expectations"


@dataclass
class Results:
    """Everything that one benchmark measured.

    Args:
        import_of_gx: Seconds.
        import_cpu: Processor seconds.
        skipped: What was not measured, and why.
    """

    import_of_gx: float
    import_cpu: float
    beside: list[Beside] = field(default_factory=list)
    spark: Load | None = None
    large: Load | None = None
    exercise: Load | None = None
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> Beside | None:
        """The load that targets are about."""
        return next((each for each in self.beside if each.shop.scale == AIMED_AT), None)

    def rows(self) -> list[Row]:
        """The table."""
        rows = [Row("import of Great Expectations", self.import_of_gx, self.import_cpu)]
        for each in self.beside:
            rows += self._beside(each)
        rows += self._against_base()
        if self.exercise:
            rows.append(self._exercise(self.exercise))
        return rows + [Row(what, note=f"skipped: {why}") for what, why in self.skipped.items()]

    def _beside(self, each: Beside) -> list[Row]:
        name, aimed = each.shop.name, each.shop.scale == AIMED_AT
        peer, done, gx = each.peer, each.load, self.import_of_gx
        published, unit = done.published, "x DuckDB"
        kpis = ratio(published.seconds, peer.seconds, without=gx)
        whole = ratio(done.seconds, peer.seconds, without=gx)
        later = 100 * ratio(each.later.seconds, done.seconds, without=gx, both=True)
        return [
            Row(f"{name} DuckDB script", *peer.cost),
            Row(
                f"{name} KPI tables published", published.seconds, published.cpu, None, kpis, unit,
                KPIS_PUBLISHED if aimed else None, _LESS,
            ),
            Row(
                f"{name} everything", *done.cost, whole, unit,
                EVERYTHING if aimed else None, _LESS,
            ),
            Row(
                f"{name} batch of 1 %", *each.later.cost, later, "% of the load",
                LATER_SHARE if aimed else None,
                f"{_LESS}, both; recent days, orders and items only",
            ),
        ]  # fmt: skip

    def _against_base(self) -> list[Row]:
        rows: list[Row] = []
        if self.base is None:
            return rows
        ours, gx = self.base.load.seconds, self.import_of_gx
        if self.spark:
            slower = ratio(self.spark.seconds, ours, without=gx, both=True)
            rows.append(
                Row(
                    "10x on Apache Spark", *self.spark.cost,
                    slower, "x Sail", FASTER_THAN_SPARK, f"{_LESS}, both",
                )
            )  # fmt: skip
        if self.large:
            times = ratio(self.large.seconds, ours, without=gx, both=True)
            peak = self.large.measured.peak_mb
            rows += [
                Row(
                    "50x everything", *self.large.cost, times, "x 10x", FIVEFOLD,
                    f"{_LESS}, both",
                ),
                Row("50x memory", None, None, peak, peak, "MB", MEMORY_MB),
            ]  # fmt: skip
        return rows

    def _exercise(self, done: Load) -> Row:
        left = done.seconds - self.import_of_gx
        return Row(
            "exercise, cold", *done.cost, left, "s", EXERCISE_SECONDS,
            f"{_LESS}; two processors, a new lake",
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The document of results."""
        return {
            "schema_version": 1,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "rows": [row.as_json() for row in self.rows()],
            "stages": {name: _stages(done) for name, done in self._loads().items()},
        }

    def stages(self) -> str:
        """Where the time of the largest load beside DuckDB went, as text."""
        if not self.beside:
            return ""
        each = max(self.beside, key=lambda beside: beside.shop.scale)
        lines = [f"{each.shop.name} by stage: seconds, and processor seconds of all threads"]
        lines += [
            f"  {stage.name:<12}{stage.seconds:7.2f}{stage.cpu:8.2f}" for stage in each.load.stages
        ]
        return "\n".join(lines)

    def _loads(self) -> dict[str, Load]:
        loads = {each.shop.name: each.load for each in self.beside}
        loads |= {f"{each.shop.name} 1 %": each.later for each in self.beside}
        more = {"spark": self.spark, "50x": self.large, "exercise": self.exercise}
        return loads | {name: done for name, done in more.items() if done}


def machine() -> dict[str, Any]:
    """What it was measured on; the load of the last minutes says how far to trust it."""
    load = os.getloadavg()
    packages = ("duckdb", "pysail", "pyspark", "great-expectations")
    return {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load_average": [round(each, 1) for each in load],
        "python": sys.version.split()[0],
        **{name: version(name) for name in packages},
    }


def missed(rows: Sequence[Row]) -> list[Row]:
    """The rows whose target is missed."""
    return [row for row in rows if row.met is False]


def _stages(done: Load) -> list[dict[str, Any]]:
    return [
        {name: value if name == "name" else round(value, 3) for name, value in asdict(each).items()}
        for each in done.stages
    ]

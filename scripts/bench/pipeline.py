"""Our own side: `orders run` and `orders kpis` as processes, and what their lines tell."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from scripts.bench.process import Mark, Measured, StepError, measure
from spark_jobs.cli.progress import STAGES

START, END = "start", "end"
_NAMES = {f"{words} ...": name for name, words in STAGES.items()}


@dataclass(frozen=True)
class Stage:
    """What a stage took, with everything up to the beginning of the next one.

    Args:
        seconds: Wall time.
        cpu: Processor seconds of the process, all threads, user and system.
    """

    name: str
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Load:
    """One `orders run`.

    Args:
        published: When both KPI tables were published.
        stages: Add up to the whole.
        document: What `--json` printed.
    """

    measured: Measured
    published: Mark
    stages: tuple[Stage, ...]
    document: dict[str, Any]

    @property
    def seconds(self) -> float:
        """From the start of the process to its end."""
        return self.measured.seconds

    @property
    def cost(self) -> tuple[float, float, float]:
        """Seconds, processor seconds and peak memory in MB, as a row of the table has them."""
        return self.measured.cost


def load(
    landing: Path,
    lake: Path,
    *,
    received_at: str,
    engine: str = "sail",
    cpus: int | None = None,
) -> Load:
    """Runs `orders run` over a landing folder.

    Raises:
        StepError: It failed, or its batch was not accepted.
    """
    measured = measure(
        "spark_jobs.cli", "run", landing, "--lake", lake, "--engine", engine,
        "--received-at", received_at, "--json",
        folder=lake.parent, cpus=cpus, whole_group=engine == "spark",
    )  # fmt: skip
    document: dict[str, Any] = json.loads(measured.output)
    if document["verdict"] != "accepted":
        raise StepError(f"the batch of {landing} is {document['verdict']}, not accepted")
    stages = stages_of(measured)
    return Load(measured, published_at(measured.marks), stages, document)


def kpi_table(lake: Path, table: str) -> Sequence[str]:
    """A KPI table of a lake as lines of CSV, sorted by key."""
    what = "daily" if table == "order_kpi_table" else "category"
    read = measure(
        "spark_jobs.cli", "kpis", what, "--lake", lake, "--format", "csv", folder=lake.parent
    )
    return read.output.splitlines()


def stages_of(measured: Measured) -> tuple[Stage, ...]:
    """The stages of a run, from its lines on standard error; a stage that comes again adds up."""
    begun = [Mark(START, 0.0, 0.0)]
    begun += [
        Mark(_NAMES[mark.line], mark.seconds, mark.cpu)
        for mark in measured.marks
        if mark.line in _NAMES
    ]
    begun.append(Mark(END, measured.seconds, measured.cpu))
    spent: dict[str, Stage] = {}
    for mark, after in pairwise(begun):
        before = spent.get(mark.line, Stage(mark.line, 0.0, 0.0))
        seconds = before.seconds + after.seconds - mark.seconds
        spent[mark.line] = Stage(mark.line, seconds, before.cpu + after.cpu - mark.cpu)
    return tuple(spent.values())


def published_at(marks: Sequence[Mark]) -> Mark:
    """When the KPI tables were published: then the run begins with its marts.

    Raises:
        StepError: The run told of no marts.
    """
    for mark in marks:
        if _NAMES.get(mark.line) == "marts":
            return mark
    raise StepError(f"the run never said {STAGES['marts']!r}: it published nothing")

"""The referee: staged rows must meet every critical expectation, or nothing leaves validate."""

import gc
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.contracts.model import Contract
from spark_jobs.contracts.suite import (
    CRITICAL,
    ahead_column,
    expectations,
    refereed_times,
)
from spark_jobs.facts.canonical import CANONICAL, SQL_TYPES
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.words import Dataset

_COUNT_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""Counts, but no values: rows of customers stay out of stored results."""


@dataclass(frozen=True)
class Finding:
    """What one expectation found.

    Args:
        unexpected: Rows that broke it, or None where it was kept or counts no rows.
        severity: `critical` or `warning` (`info` in a user's own).
        detail: What was observed, where that says more than a count.
    """

    expectation: str
    column: str
    success: bool
    severity: str
    unexpected: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class RefereeResult:
    """The referee's judgement of one dataset.

    Args:
        raw: The results as Great Expectations writes them; `write_docs` renders them.
    """

    dataset: str
    findings: tuple[Finding, ...]
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Whether every critical expectation was met."""
        return not self.broken

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The critical expectations that were not met."""
        return tuple(f for f in self.findings if not f.success and f.severity == CRITICAL)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The other expectations that were not met."""
        return tuple(f for f in self.findings if not f.success and f.severity != CRITICAL)

    def as_json(self) -> dict[str, Any]:
        """The judgement as plain data."""
        return {
            "dataset": self.dataset,
            "success": self.success,
            "expectations": [asdict(finding) for finding in self.findings],
        }

    def write(self, folder: Path) -> Path:
        """Stores the judgement and the raw results as `<dataset>.json`; returns the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.dataset}.json"
        stored = {**self.as_json(), "great_expectations": self.raw}
        path.write_text(json.dumps(stored, indent=2, default=str) + "\n", encoding="utf-8")
        return path


_preloading: list[threading.Thread] = []


def preload() -> None:
    """Imports Great Expectations in the background (2 to 6 s), beside the preflight; once."""
    if not _preloading:
        _preloading.append(threading.Thread(target=_import_quickly, name="preload-referee"))
        _preloading[0].start()


def _import_quickly() -> None:
    # The import makes a million objects that stay: searching them for garbage costs a second.
    gc.disable()
    try:
        _great_expectations()
    finally:
        gc.enable()


def preloaded() -> None:
    """Waits for `preload`: two threads that import at once see each other's half of a package."""
    for thread in _preloading:
        thread.join()


def referee(
    rows: DataFrame, contract: Contract, dataset: Dataset, further: Sequence[Any] = ()
) -> RefereeResult:
    """Judges the accepted, staged rows of a dataset.

    Args:
        rows: Canonical columns, typed, and `received_at`. Read twice or thrice: give a stored one.
        contract: The contract of the source shape.
        dataset: What the rows are.
        further: Expectations of the user's own.

    Raises:
        FatalError: An expectation could not be evaluated.
    """
    preloaded()
    types = tuple(_types(rows, dataset))
    if any(not finding.success for finding in types):
        return RefereeResult(str(dataset), types)
    prepared = with_time_after_receipt(rows, refereed_times(contract.datasets[dataset]))
    suite = [*expectations(contract, dataset), *further]
    result = run_suite(prepared, suite, name=str(dataset))
    return RefereeResult(result.dataset, types + result.findings, result.raw)


def with_time_after_receipt(rows: DataFrame, names: Sequence[str]) -> DataFrame:
    """The rows with, for each of these times, the microseconds from `received_at` to it."""
    ahead = [
        F.expr(f"unix_micros(`{name}`) - unix_micros(received_at)").alias(ahead_column(name))
        for name in names
    ]
    return rows.select("*", *ahead)


def run_suite(rows: DataFrame, suite: Sequence[Any], *, name: str) -> RefereeResult:
    """The findings of expectations on a frame, in two or three passes over it.

    Asking only for yes or no lets Great Expectations compute all of them in one aggregate; what
    failed is asked again for its count.

    Raises:
        FatalError: An expectation could not be evaluated.
    """
    gx = _great_expectations()
    batch = _batch(gx, rows, name)
    for position, expectation in enumerate(suite):
        expectation.meta = {**(expectation.meta or {}), "position": position}
    first = batch.validate(
        gx.ExpectationSuite(name=name, expectations=list(suite)),
        result_format={"result_format": "BOOLEAN_ONLY"},
    )
    _refuse_errors(first, name)
    failed = {_position(result) for result in first.results if not result.success}
    counted: dict[int, Any] = {}
    if failed:
        again = [suite[position] for position in sorted(failed)]
        second = batch.validate(
            gx.ExpectationSuite(name=name, expectations=again), result_format=_COUNT_ONLY
        )
        _refuse_errors(second, name)
        counted = {_position(result): result for result in second.results}
    first.results = [counted.get(_position(result), result) for result in first.results]
    findings = tuple(_finding(result) for result in first.results)
    return RefereeResult(name, findings, first.to_json_dict())


def _position(result: Any) -> int:
    return int(result.expectation_config.meta["position"])


def _types(rows: DataFrame, dataset: Dataset) -> Iterator[Finding]:
    given = {f.name: f.dataType.simpleString() for f in rows.schema.fields}
    for name, column in CANONICAL[dataset].items():
        wanted, found = SQL_TYPES[column.kind], given.get(name, "missing")
        detail = "" if found == wanted else f"{found} instead of {wanted}"
        yield Finding("expect_column_type", name, not detail, CRITICAL, detail=detail)


def _great_expectations() -> Any:
    # Before the import: without it, the package calls home.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import great_expectations.expectations

    del great_expectations
    return gx


def _batch(gx: Any, rows: DataFrame, name: str) -> Any:
    from great_expectations.data_context.types import base

    # The default configuration leaves an empty folder in the temporary directory at every run.
    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    # Without persist=False every frame would be copied into the engine's cache first.
    source = context.data_sources.add_spark("staged", persist=False)
    asset = source.add_dataframe_asset(name)
    return asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows})


def _refuse_errors(validation: Any, name: str) -> None:
    for result in validation.results:
        message = _error(result.exception_info or {})
        if message:
            config = result.expectation_config
            raise FatalError(
                f"the referee could not evaluate {config.type} ({message})",
                where=f"{name}.{config.kwargs.get('column', '*')}",
                cure="correct the expectation, or report it with this message",
            )


def _error(info: dict[str, Any]) -> str:
    """The message of an error, found at the top or under the id of a metric."""
    if info.get("raised_exception"):
        return str(info.get("exception_message"))
    nested = (_error(value) for value in info.values() if isinstance(value, dict))
    return next((message for message in nested if message), "")


def _finding(result: Any) -> Finding:
    config = result.expectation_config
    seen = result.result or {}
    severity = getattr(config.severity, "value", config.severity) or CRITICAL
    observed = seen.get("observed_value")
    return Finding(
        expectation=config.type,
        column=str(config.kwargs.get("column", "")),
        success=bool(result.success),
        severity=str(severity),
        unexpected=seen.get("unexpected_count"),
        detail="" if observed is None else f"observed {observed}",
    )

"""The referee's expectations: what staged rows must look like, read from the contract anew.

Nothing here is shared with `predicates`, which judges the text of records: these expectations look
at typed, canonical rows, so that a fault in one does not hide in the other.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from spark_jobs.contracts.model import Column, Contract, DatasetContract
from spark_jobs.facts.canonical import CANONICAL, KEYS
from spark_jobs.facts.errors import ContractError
from spark_jobs.facts.words import Dataset, Kind, Severity, Status

AHEAD_MICROSECONDS = 24 * 3600 * 1_000_000
"""How far a time may lie after the moment when its file was received."""

CRITICAL, WARNING = "critical", "warning"


def ahead_column(name: str) -> str:
    """The computed column: microseconds from `received_at` to that time."""
    return f"{name}_after_receipt"


def refereed_times(rules: DatasetContract) -> tuple[str, ...]:
    """The canonical times of the dataset, each of which needs its `ahead_column`."""
    return tuple(c.name for c in _staged(rules) if c.kind is Kind.TIMESTAMP)


def expectations(contract: Contract, dataset: Dataset) -> list[Any]:
    """Great Expectations' objects for the staged rows of a dataset.

    Severity `critical` must hold for every row; `warning` is told. Helper columns are not staged
    and not refereed. Imports Great Expectations (2 to 6 s, once in a process).
    """
    rules = contract.datasets[dataset]
    found: list[Any] = []
    for column in _staged(rules):
        found.extend(_column(rules, column))
    return found


def user_expectations(path: Path) -> list[Any]:
    """Further expectations from a JSON file: a list of `{"type", "kwargs", "severity"}`.

    Types are those of Great Expectations, such as `expect_column_mean_to_be_between`.

    Raises:
        ContractError: The file is no such list, or an expectation is not known.
    """
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    found = []
    try:
        entries = json.loads(path.read_text("utf-8"))
        for entry in entries:
            configuration = ExpectationConfiguration(
                type=entry["type"],
                kwargs=entry["kwargs"],
                severity=entry.get("severity", WARNING),
            )
            found.append(configuration.to_domain_obj())
    except Exception as error:  # Great Expectations raises classes of its own, without a common one
        raise ContractError(
            f"an expectation cannot be read ({error})",
            where=str(path),
            cure='write a list of {"type": "expect_...", "kwargs": {...}, "severity": "warning"}',
        ) from error
    return found


def _staged(rules: DatasetContract) -> Iterator[Column]:
    canonical = CANONICAL[rules.dataset]
    return (column for column in rules.columns if column.name in canonical)


def _column(rules: DatasetContract, column: Column) -> Iterator[Any]:
    import great_expectations.expectations as gxe

    canonical = CANONICAL[rules.dataset][column.name]
    if column.required or canonical.required:
        yield gxe.ExpectColumnValuesToNotBeNull(column=column.name, severity=CRITICAL)
    if column.null_share is not None:
        mostly = float(1 - column.null_share.maximum_percent / 100)
        yield gxe.ExpectColumnValuesToNotBeNull(column=column.name, mostly=mostly, severity=WARNING)
    if canonical.kind is Kind.STRING:
        # A generated key is not the source's: the contract's rules do not speak of it.
        if not (rules.generated_key and column.name == KEYS[rules.dataset]):
            yield from _text(column)
    elif canonical.kind is Kind.TIMESTAMP:
        yield from _time(column)
    else:
        yield from _number(column)


def _text(column: Column) -> Iterator[Any]:
    import great_expectations.expectations as gxe

    least, most = column.bounds.min_length, column.bounds.max_length
    if column.words:
        yield gxe.ExpectColumnValuesToBeInSet(
            column=column.name, value_set=[str(status) for status in Status], severity=WARNING
        )
    elif least is not None or most is not None:
        yield gxe.ExpectColumnValueLengthsToBeBetween(
            column=column.name, min_value=least, max_value=most, severity=CRITICAL
        )
    for check in column.checks:
        severity = WARNING if check.severity is Severity.WARN else CRITICAL
        if check.values:
            allowed = sorted({column.words.get(value, value) for value in check.values})
            yield gxe.ExpectColumnValuesToBeInSet(
                column=column.name, value_set=allowed, severity=severity
            )
        if check.pattern is not None:
            yield gxe.ExpectColumnValuesToMatchRegex(
                column=column.name, regex=_whole(check.pattern), severity=severity
            )


def _whole(pattern: str) -> str:
    """The pattern with an end that a final newline does not pass, as `$` lets it on Spark."""
    return pattern[:-1] + r"\z"


def _time(column: Column) -> Iterator[Any]:
    import great_expectations.expectations as gxe

    bounds = column.bounds
    if bounds.minimum is not None or bounds.maximum is not None:
        yield gxe.ExpectColumnValuesToBeBetween(
            column=column.name,
            min_value=_moment(bounds.minimum),
            max_value=_moment(bounds.maximum),
            severity=CRITICAL,
        )
    yield gxe.ExpectColumnValuesToBeBetween(
        column=ahead_column(column.name), max_value=AHEAD_MICROSECONDS, severity=CRITICAL
    )


def _moment(seconds: Decimal | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), tz=UTC)


def _number(column: Column) -> Iterator[Any]:
    import great_expectations.expectations as gxe

    bounds = column.bounds
    if bounds.minimum is not None or bounds.maximum is not None:
        yield gxe.ExpectColumnValuesToBeBetween(
            column=column.name,
            min_value=_plain(bounds.minimum),
            max_value=_plain(bounds.maximum),
            severity=CRITICAL,
        )


def _plain(number: Decimal | None) -> int | float | None:
    """The bound as Great Expectations takes it; a bound with cents is exact enough to compare."""
    if number is None:
        return None
    return int(number) if number == int(number) else float(number)

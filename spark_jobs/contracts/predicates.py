"""The rules of a contract as SQL: typed values, and the *bad* case of every rule.

Written as the bad case, so that NULL cannot slip through a negation. The text columns of a
preflighted file are expected trimmed, with NULL for nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from spark_jobs.contracts.expressions import quoted
from spark_jobs.contracts.model import Check, Column, Contract, DatasetContract
from spark_jobs.contracts.times import EARLIEST, full_match, is_time, to_timestamp
from spark_jobs.facts.canonical import KEYS, LIFECYCLE_TIMES, SQL_TYPES
from spark_jobs.facts.violations import RecordCode, WarningCode
from spark_jobs.facts.words import Kind, Severity

NUMBERS = {
    Kind.INTEGER: "[+-]?[0-9]{1,18}",
    Kind.MONEY: "[+-]?([0-9]{1,16}([.][0-9]{0,30})?|[.][0-9]{1,30})",
    Kind.DECIMAL: "[+-]?([0-9]{1,12}([.][0-9]{0,30})?|[.][0-9]{1,30})",
}
"""What a number looks like: plain digits, a point, no exponent, no thousands separator."""

LIMITS = {
    Kind.INTEGER: Decimal(10**9),
    Kind.MONEY: Decimal(10**12),
    Kind.DECIMAL: Decimal(10**11),
}
"""Greatest amounts, whatever the contract allows: products and sums of them stay exact."""


@dataclass(frozen=True)
class Predicate:
    """One rule.

    Args:
        code: Violation or warning code.
        column: The contract's name of the column.
        bad: SQL, true where the rule is broken.
        value: SQL of the offending value.
    """

    code: str
    column: str
    bad: str
    value: str
    severity: Severity = Severity.REJECT_RECORD


Rule = Callable[..., Predicate]


def text(name: str) -> str:
    """SQL of a column's trimmed text."""
    return f"`{name}`"


def typed(name: str) -> str:
    """SQL of a column's typed value, beside its text."""
    return f"`={name}`"


def looks_right(name: str) -> str:
    """SQL of whether a column's text looks like its type, beside its text."""
    return f"`~{name}`"


def shape_values(dataset: DatasetContract) -> dict[str, str]:
    """SQL for whether each number and time that is read looks like one, over the trimmed text.

    A column of its own, for several rules ask it and engines would match the pattern each time.
    """
    return {
        column.name: is_time(text(column.name), column.formats)
        if column.kind is Kind.TIMESTAMP
        else full_match(text(column.name), NUMBERS[column.kind])
        for column in dataset.source_columns
        if column.kind is not Kind.STRING
    }


def typed_values(contract: Contract, dataset: DatasetContract, zone: str) -> dict[str, str]:
    """SQL for the typed value of each column that is read, over the trimmed text."""
    return {c.name: _typed(c, contract.time_zone, zone) for c in dataset.source_columns}


def computed_values(dataset: DatasetContract) -> dict[str, str]:
    """SQL for the columns with `transformLogic`, over the typed columns."""
    names = {c.name: typed(c.name) for c in dataset.source_columns}
    return {
        c.name: f"try_cast({c.logic.sql(names)} as {SQL_TYPES[c.kind]})"
        for c in dataset.columns
        if c.logic is not None
    }


def predicates(dataset: DatasetContract, *, key_is_generated: bool = False) -> list[Predicate]:
    """Every rule of the dataset, in the order of its columns.

    Args:
        key_is_generated: The file lacks the key column, as its contract allows.
    """
    key = KEYS[dataset.dataset]
    rules: list[Predicate] = []
    for column in dataset.columns:
        if not (key_is_generated and column.name == key):
            rules.extend(_column_rules(column))
    rules.extend(_lifecycle_order(dataset))
    return rules


def _typed(column: Column, zone: str, lake_zone: str) -> str:
    value = text(column.name)
    if column.kind is Kind.STRING:
        return _canonical_word(value, column.words) if column.words else value
    if column.kind is Kind.TIMESTAMP:
        return to_timestamp(value, column.formats, zone, lake_zone)
    return f"try_cast({value} as {SQL_TYPES[column.kind]})"


def _canonical_word(value: str, words: dict[str, str]) -> str:
    same = {word for word, canonical in words.items() if word == canonical}
    cases = " ".join(
        f"when '{word}' then '{canonical}'" for word, canonical in words.items() if word not in same
    )
    return f"case lower({value}) {cases} else lower({value}) end" if cases else f"lower({value})"


def _column_rules(column: Column) -> Iterator[Predicate]:
    given = text(column.name) if column.source is not None else typed(column.name)
    shown = given if column.source is not None else f"cast({given} as string)"

    def rule(code: str, bad: str, severity: Severity = Severity.REJECT_RECORD) -> Predicate:
        return Predicate(code, column.name, bad, shown, severity)

    if column.required:
        yield rule(RecordCode.MISSING_VALUE, f"{given} is null")
    if column.kind is Kind.STRING:
        yield from (rule(RecordCode.TOO_LONG, bad) for bad in _length_rules(column, given))
    elif column.kind is Kind.TIMESTAMP:
        yield from _time_rules(column, rule)
    else:
        yield from _number_rules(column, rule)
    for check in column.checks:
        yield from _check_rules(check, given, rule)
    if column.words:
        known = ", ".join(f"'{word}'" for word in column.words)
        yield rule(WarningCode.UNKNOWN_STATUS, f"lower({given}) not in ({known})", Severity.WARN)


def _length_rules(column: Column, given: str) -> Iterator[str]:
    if column.bounds.max_length is not None:
        yield f"length({given}) > {column.bounds.max_length}"
    if column.bounds.min_length is not None:
        yield f"length({given}) < {column.bounds.min_length}"


def _number_rules(column: Column, rule: Rule) -> Iterator[Predicate]:
    code = RecordCode.NOT_AN_INTEGER if column.kind is Kind.INTEGER else RecordCode.NOT_A_NUMBER
    value, guard, beyond = typed(column.name), "", ""
    if column.source is not None:
        looks = looks_right(column.name)
        yield rule(code, f"not ({looks})")
        # Rounding may carry the greatest numbers beyond their type: then there is no value.
        guard, beyond = f"{looks} and ", f"{value} is null or "
    elif column.logic is not None and column.logic.names and not column.required:
        # A required one that is beyond its type is missing; an optional one would pass as NULL.
        given = " and ".join(f"{typed(name)} is not null" for name in column.logic.names)
        beyond = f"({value} is null and {given}) or "
    limit = LIMITS[column.kind]
    low = max(-limit, column.bounds.minimum if column.bounds.minimum is not None else -limit)
    high = min(limit, column.bounds.maximum if column.bounds.maximum is not None else limit)
    yield rule(RecordCode.OUT_OF_RANGE, f"{guard}({beyond}{value} < {low:f} or {value} > {high:f})")


def _time_rules(column: Column, rule: Rule) -> Iterator[Predicate]:
    value, given = typed(column.name), text(column.name)
    looks = looks_right(column.name)
    yield rule(RecordCode.NOT_A_TIME, f"{given} is not null and (not {looks} or {value} is null)")
    earliest = f"timestamp'{EARLIEST}'"
    if column.bounds.minimum is not None:
        earliest = f"greatest({earliest}, timestamp_seconds({int(column.bounds.minimum)}))"
    latest = ""
    if column.bounds.maximum is not None:
        latest = f" or {value} > timestamp_seconds({int(column.bounds.maximum)})"
    yield rule(RecordCode.OUT_OF_RANGE, f"{looks} and ({value} < {earliest}{latest})")
    yield rule(RecordCode.IN_THE_FUTURE, f"{looks} and {value} > _latest")


def _check_rules(check: Check, given: str, rule: Rule) -> Iterator[Predicate]:
    warns = check.severity is Severity.WARN
    if check.pattern is not None:
        pattern = check.pattern.removeprefix("^").removesuffix("$")
        code = WarningCode.QUALITY if warns else RecordCode.BAD_PATTERN
        yield rule(code, f"not ({full_match(given, pattern)})", check.severity)
    if check.values:
        allowed = ", ".join(quoted(value) for value in check.values)
        code = WarningCode.QUALITY if warns else RecordCode.NOT_ALLOWED
        yield rule(code, f"{given} not in ({allowed})", check.severity)


def _lifecycle_order(dataset: DatasetContract) -> Iterator[Predicate]:
    names = [n for n in ("ordered_at", *LIFECYCLE_TIMES) if dataset.column(n) is not None]
    for earlier, later in pairwise(names):
        yield Predicate(
            WarningCode.TIMES_OUT_OF_ORDER,
            later,
            f"{typed(later)} < {typed(earlier)}",
            text(later),
            Severity.WARN,
        )

"""A contract as a page for people: what each column must look like, and what to do when not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from spark_jobs.contracts.model import Bounds, Check, Column, Contract, DatasetContract
from spark_jobs.facts.canonical import CANONICAL, KEYS
from spark_jobs.facts.violations import CURES, RecordCode
from spark_jobs.facts.words import Kind, Severity

_TYPES = {
    Kind.STRING: "text",
    Kind.INTEGER: "whole number",
    Kind.MONEY: "money (two decimals, half up)",
    Kind.DECIMAL: "number (six decimals)",
    Kind.TIMESTAMP: "time",
}
_FILES = (
    "They may be gzipped. Columns are found by name, in any order and case; further columns are "
    "allowed."
)
_TABLE = "| column | in the file | type | required | rules | a broken rule |\n" + "|---" * 6 + "|"
_EXPRESSIONS = """## Expressions

`transformLogic` may use the names of columns that are read from the file, numbers, text in single
quotes, `+ - *`, and `coalesce(a, b, ...)`, `concat(a, b, ...)`, `upper(a)`, `lower(a)`, `trim(a)`.
It never divides: engines round quotients differently.
"""


def document(contract: Contract) -> str:
    """The contract as a Markdown page, with a table for each dataset."""
    parts = [
        f"# Contract `{contract.shape}`, version {contract.version}\n",
        *([contract.description + "\n"] if contract.description else []),
        f"Times without a zone are in {contract.time_zone}. Files are {contract.encoding}.",
        _FILES + "\n",
        *(part for dataset in contract.datasets.values() for part in _dataset(dataset)),
        _EXPRESSIONS,
        "## When a record is rejected\n",
        "| code | what to do |\n|---|---|",
        *(f"| `{code}` | {_cell(CURES[code])} |" for code in RecordCode),
    ]
    return "\n".join(parts) + "\n"


def _dataset(rules: DatasetContract) -> Iterator[str]:
    yield f"## {rules.dataset}\n"
    if rules.description:
        yield rules.description + "\n"
    notes = [
        f"The key is `{KEYS[rules.dataset]}`.",
        f"A file with more than {rules.bad_records_percent} % bad records is rejected whole.",
    ]
    if rules.generated_key:
        notes.append(
            "Where the key's column is missing, the key is order, product and the n-th occurrence "
            "of that pair in the file."
        )
    if rules.version_column is not None:
        notes.append(f"Of two records with one key, the greater `{rules.version_column}` wins.")
    yield " ".join(notes) + "\n"
    yield _TABLE
    for column in rules.columns:
        yield _row(rules, column)
    yield ""


def _row(rules: DatasetContract, column: Column) -> str:
    told = list(_rules(column))
    cells = [
        f"`{column.name}`" + ("" if column.name in CANONICAL[rules.dataset] else " (not stored)"),
        f"`{column.source}`" if column.logic is None else f"computed: `{column.logic.text}`",
        _TYPES[column.kind],
        "yes" if column.required else "",
        "<br>".join(rule for rule, _ in told),
        "<br>".join(effect for _, effect in told),
    ]
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _rules(column: Column) -> Iterator[tuple[str, str]]:
    """Each rule of a column with what happens when it is broken."""
    rejects, warns = "rejects the record", "warns"
    for rule in _bounds(column.kind, column.bounds):
        yield rule, rejects
    if column.kind is Kind.TIMESTAMP and column.source is not None:
        yield "format " + " or ".join(f"`{name}`" for name in column.formats), rejects
        yield "at most one day after the file was received", rejects
    for check in column.checks:
        yield _check(check), warns if check.severity is Severity.WARN else rejects
    for canonical in dict.fromkeys(column.words.values()):
        listed = [word for word, target in column.words.items() if target == canonical]
        yield f"{canonical}: {', '.join(f'`{word}`' for word in listed)}", "another word warns"
    if column.null_share is not None:
        yield f"at most {column.null_share.maximum_percent} % empty", warns
    if column.personal:
        yield "personal: masked in alerts and logs", ""
    if column.description:
        yield column.description, ""


def _check(check: Check) -> str:
    if check.pattern is not None:
        return f"like `{check.pattern}`"
    return "one of " + ", ".join(f"`{value}`" for value in check.values)


def _bounds(kind: Kind, bounds: Bounds) -> Iterator[str]:
    if bounds.minimum is not None:
        yield f"at least {_limit(kind, bounds.minimum)}"
    if bounds.maximum is not None:
        yield f"at most {_limit(kind, bounds.maximum)}"
    if bounds.min_length is not None:
        yield f"at least {bounds.min_length} characters"
    if bounds.max_length is not None:
        yield f"at most {bounds.max_length} characters"


def _limit(kind: Kind, value: Decimal) -> str:
    if kind is Kind.TIMESTAMP:
        return datetime.fromtimestamp(int(value), tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{value:f}"

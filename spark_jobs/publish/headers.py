"""Faults of a header as people are told of them: in a file without one, its "names" are values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from spark_jobs.contracts.model import Contract, normalise_header
from spark_jobs.facts.violations import FileCode, Violation
from spark_jobs.rules.reasons import MASK

_OF_HEADERS = frozenset({FileCode.MISSING_COLUMN, FileCode.DUPLICATE_COLUMN})
"""Their messages quote names from the header."""
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
"""What `repr` makes of a text."""


def column_names(contracts: Iterable[Contract]) -> frozenset[str]:
    """The names, normalised, that any contract gives to a column of a header."""
    return frozenset(
        normalise_header(column.source)
        for contract in contracts
        for dataset in contract.datasets.values()
        for column in dataset.source_columns
        if column.source
    )


def told_problem(problem: Violation, names: Collection[str]) -> str:
    """The message of a problem; what it quotes from a header and no contract names is masked.

    Args:
        names: As from `column_names`.
    """
    if problem.code not in _OF_HEADERS:
        return problem.message

    def shown(quoted: re.Match[str]) -> str:
        known = normalise_header(quoted[0][1:-1]) in names
        return quoted[0] if known else f"'{MASK}'"

    return _QUOTED.sub(shown, problem.message)

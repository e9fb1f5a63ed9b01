"""Rules about `transformLogic`: what it may use, and whether the types fit."""

from collections.abc import Mapping
from typing import Any

from spark_jobs.contracts.expressions import Expression, parse_expression
from spark_jobs.contracts.linting.complaints import Complaints, did_you_mean
from spark_jobs.contracts.linting.expression_types import expression_kind, gives
from spark_jobs.contracts.marks import Place
from spark_jobs.contracts.odcs import LOGICAL_TYPES, kind_of
from spark_jobs.facts.words import Dataset, Kind

_WANTED = {
    Kind.STRING: "text: use concat()",
    Kind.INTEGER: "a whole number",
    Kind.MONEY: "a number",
    Kind.DECIMAL: "a number",
}


def check_expressions(
    complaints: Complaints, dataset: Dataset, properties: list[dict[str, Any]], place: Place
) -> None:
    """Adds what is wrong with the expressions of a dataset."""
    kinds = {
        item["name"]: kind_of(dataset, item)
        for item in properties
        if item.get("logicalType") in LOGICAL_TYPES
    }
    read = {item["name"] for item in properties if item.get("physicalName") is not None}
    for i, item in enumerate(properties):
        if item.get("transformLogic") is None or item.get("physicalName") is not None:
            continue
        at: Place = (*place, "properties", i, "transformLogic")
        try:
            expression = parse_expression(item["transformLogic"])
        except ValueError as error:
            complaints.add(at, str(error), "see 'expressions' in the contract's documentation")
            continue
        if _check_names(complaints, expression, kinds, read, at) and item["name"] in kinds:
            _check_types(complaints, expression, kinds, kinds[item["name"]], at)


def _check_names(
    complaints: Complaints,
    expression: Expression,
    kinds: Mapping[str, Kind],
    read: set[str],
    place: Place,
) -> bool:
    """Whether every name is a column that is read from the file."""
    fine = True
    for name in expression.names:
        if name not in kinds:
            what = f"{expression.text!r} uses {name!r}, which is no property of this dataset"
            complaints.add(place, what, did_you_mean(name, read))
        elif name not in read:
            what = f"{expression.text!r} uses {name!r}, which is computed itself"
            complaints.add(place, what, "use columns with a physicalName only")
        else:
            continue
        fine = False
    return fine


def _check_types(
    complaints: Complaints,
    expression: Expression,
    kinds: Mapping[str, Kind],
    wanted: Kind,
    place: Place,
) -> None:
    if wanted is Kind.TIMESTAMP:
        cure = "give it a physicalName and its formats"
        complaints.add(place, "a timestamp cannot be computed", cure)
        return
    try:
        kind = expression_kind(expression.text, kinds)
    except ValueError as error:
        complaints.add(place, str(error), "correct the expression")
        return
    if not gives(kind, wanted):
        what = f"{expression.text!r} gives a {kind}"
        complaints.add(place, what, f"this column needs {_WANTED[wanted]}")

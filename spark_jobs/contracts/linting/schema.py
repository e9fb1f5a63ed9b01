"""The JSON Schema of the standard: required keys, types, and keys that are written wrongly."""

import functools
import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import jsonschema

from spark_jobs.contracts.linting.complaints import Complaints, did_you_mean
from spark_jobs.contracts.marks import Place
from spark_jobs.contracts.odcs import LOGICAL_TYPES

_PARTS: dict[str, tuple[str, ...]] = {
    "schema": ("SchemaElement", "SchemaObject"),
    "properties": ("SchemaElement", "SchemaBaseProperty"),
    "quality": ("DataQuality", "DataQualityLibrary", "DataQualitySql", "DataQualityCustom"),
    "customProperties": ("CustomProperty",),
    "enum": ("EnumValue",),
}
_OPERATORS = "mustBe: 0 (with invalidValues) or mustBeLessOrEqualTo: 5 (with nullValues)"


def check_schema(complaints: Complaints) -> None:
    """Adds what the JSON Schema of ODCS finds."""
    for error in _validator().iter_errors(complaints.document.data):
        place: Place = tuple(error.absolute_path)
        untyped = _untyped_property(complaints.document.data, place)
        if untyped:
            # Without a type, the schema's conditions all apply at once and complain at random.
            cure = f"write logicalType: {', '.join(LOGICAL_TYPES)}"
            complaints.add(untyped, "the type is missing", cure)
            continue
        for key, what, cure in _explain(error, place):
            complaints.add((*place, key) if key else place, what, cure)


def _untyped_property(data: Any, place: Place) -> Place:
    """The property on the way to that place that has no type, or nothing."""
    for length, key in enumerate(place, start=1):
        data = data[key]
        is_property = length > 1 and place[length - 2] == "properties" and isinstance(data, dict)
        if is_property and "logicalType" not in data:
            return place[:length]
    return ()


def _explain(error: jsonschema.ValidationError, place: Place) -> Iterator[tuple[str, str, str]]:
    asked: Any = error.validator_value
    instance: Any = error.instance
    if error.validator in ("unevaluatedProperties", "additionalProperties"):
        yield from _unknown_keys(error, place)
    elif error.validator == "required":
        names = [name for name in asked if name not in instance]
        for name in names:
            yield "", f"the key {name!r} is missing", f"add '{name}: ...' here"
    elif error.validator == "type":
        shown = json.dumps(error.instance, default=str)[:60]
        quote = ", in quotes" if asked == "string" else ""
        yield (
            "",
            f"{shown} is no {asked}",
            f"write a {asked}{quote}",
        )
    elif error.validator == "enum":
        known = [str(value) for value in asked]
        yield "", f"{error.instance!r} is not known", did_you_mean(str(error.instance), known)
    elif error.validator == "oneOf" and "quality" in place:
        yield "", "the rule has not exactly one bound", f"add {_OPERATORS}"
    else:
        yield "", error.message[:200], "write it as the Open Data Contract Standard asks"


def _unknown_keys(
    error: jsonschema.ValidationError, place: Place
) -> Iterator[tuple[str, str, str]]:
    """The keys that are really unknown: one fault in an element makes all its keys look so."""
    known = _known_keys(place)
    if place[-1:] == ("logicalTypeOptions",):
        schema: Any = error.schema
        known = frozenset(schema["properties"])
    everywhere = known or _all_keys()
    shown = set(re.findall(r"'([^']*)'", error.message))
    keys: Any = error.instance
    for key in keys:
        if key not in known and (known or key in shown):
            what = f"the key {key!r} is not known here"
            yield key, what, did_you_mean(key, everywhere - {key})


def _known_keys(place: Place) -> frozenset[str]:
    if not place:
        return frozenset(_schema()["properties"])
    parent = place[-2] if isinstance(place[-1], int) and len(place) > 1 else ""
    parts = [_schema()["$defs"][name] for name in _PARTS.get(str(parent), ())]
    keys = {key for part in parts for key in part.get("properties", {})}
    return frozenset(keys | (_operator_keys() if parent == "quality" else set()))


def _operator_keys() -> set[str]:
    choices = _schema()["$defs"]["DataQualityOperators"]["oneOf"]
    return {key for choice in choices for key in choice["properties"]}


@functools.cache
def _all_keys() -> frozenset[str]:
    definitions = _schema()["$defs"].values()
    return frozenset(key for part in definitions for key in part.get("properties", {}))


@functools.cache
def _schema() -> dict[str, Any]:
    folder = resources.files("open_data_contract_standard")
    schema: dict[str, Any] = json.loads(folder.joinpath("schema.json").read_text("utf-8"))
    return schema


@functools.cache
def _validator() -> jsonschema.Draft201909Validator:
    return jsonschema.Draft201909Validator(_schema())

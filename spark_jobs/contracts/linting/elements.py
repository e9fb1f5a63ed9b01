"""Rules about the contract and its datasets: names, settings, which columns must be there."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spark_jobs.contracts.linting.columns import check_column
from spark_jobs.contracts.linting.complaints import PERCENT, Complaints, did_you_mean, settings_of
from spark_jobs.contracts.linting.expressions import check_expressions
from spark_jobs.contracts.marks import Place
from spark_jobs.contracts.model import normalise_header
from spark_jobs.facts.canonical import CANONICAL, KEYS
from spark_jobs.facts.words import Dataset

_CONTRACT_SETTINGS = frozenset({"timeZone", "encoding"})
_DATASET_SETTINGS = frozenset({"badRecordsPercent", "generatedKey", "versionColumn"})


def check_contract(complaints: Complaints) -> None:
    """Adds what is wrong with the contract beyond the JSON Schema."""
    data = complaints.document.data
    settings = settings_of(complaints, data, (), _CONTRACT_SETTINGS)
    if not data["id"].strip():
        complaints.add(("id",), "the id is empty", "name the shape, such as 'id: myshop'")
    _check_zone(complaints, settings)
    _check_encoding(complaints, settings)
    elements = data.get("schema") or []
    if not elements:
        cure = f"add at least one of {', '.join(Dataset)} under 'schema:'"
        complaints.add(("schema",), "the contract has no dataset", cure)
    seen: dict[str, int] = {}
    for i, element in enumerate(elements):
        place: Place = ("schema", i)
        if element["name"] in seen:
            what = f"the dataset {element['name']!r} is described twice"
            complaints.add((*place, "name"), what, "keep one of the two")
        elif element["name"] not in list(Dataset):
            what = f"the dataset {element['name']!r} is not known"
            complaints.add((*place, "name"), what, did_you_mean(element["name"], Dataset))
        else:
            _check_dataset(complaints, Dataset(element["name"]), element, place)
        seen.setdefault(element["name"], i)


def _check_zone(complaints: Complaints, settings: Mapping[str, tuple[Any, Place]]) -> None:
    if "timeZone" not in settings:
        return
    zone, place = settings["timeZone"]
    try:
        ZoneInfo(str(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        complaints.add(
            place, f"there is no time zone {zone!r}", "write an IANA name, such as Europe/Zurich"
        )


def _check_encoding(complaints: Complaints, settings: Mapping[str, tuple[Any, Place]]) -> None:
    if "encoding" not in settings:
        return
    encoding, place = settings["encoding"]
    try:
        "".encode(str(encoding))
    except (LookupError, ValueError):
        cure = "write a name such as utf-8, latin-1, cp1252 or utf-16"
        complaints.add(place, f"there is no encoding {encoding!r}", cure)


def _check_dataset(
    complaints: Complaints, dataset: Dataset, element: Mapping[str, Any], place: Place
) -> None:
    properties = element.get("properties") or []
    settings = settings_of(complaints, element, place, _DATASET_SETTINGS)
    _check_settings(complaints, dataset, properties, settings)
    if element.get("quality"):
        cure = "put the rules on the properties"
        complaints.add((*place, "quality"), "rules on a whole dataset are not read", cure)
    for i, item in enumerate(properties):
        check_column(complaints, dataset, item, (*place, "properties", i))
    _check_names(complaints, properties, place)
    _check_required(complaints, dataset, properties, place)
    _check_key(complaints, dataset, properties, place)
    check_expressions(complaints, dataset, properties, place)


def _check_settings(
    complaints: Complaints,
    dataset: Dataset,
    properties: list[dict[str, Any]],
    settings: Mapping[str, tuple[Any, Place]],
) -> None:
    if "badRecordsPercent" in settings:
        value, place = settings["badRecordsPercent"]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= Decimal(str(value)) <= PERCENT:
            what = f"badRecordsPercent is {value!r}"
            complaints.add(place, what, "write a number from 0 to 100, without %")
    if "generatedKey" in settings:
        value, place = settings["generatedKey"]
        if not isinstance(value, bool):
            complaints.add(place, f"generatedKey is {value!r}", "write true or false")
        elif value and dataset is not Dataset.ORDER_ITEMS:
            what = f"{dataset} cannot have a generated key"
            complaints.add(place, what, "only order_items can: remove it here")
    if "versionColumn" in settings:
        value, place = settings["versionColumn"]
        kinds = {item["name"]: item.get("logicalType") for item in properties}
        if value not in kinds:
            what = f"the version column {value!r} is not a property of {dataset}"
            complaints.add(place, what, did_you_mean(str(value), kinds))
        elif kinds[value] not in ("integer", "timestamp", "date"):
            what = f"the version column {value!r} is a {kinds[value]}"
            complaints.add(place, what, "versions are compared as integer or timestamp")


def _check_names(complaints: Complaints, properties: list[dict[str, Any]], place: Place) -> None:
    names: dict[str, int] = {}
    sources: dict[str, int] = {}
    for i, item in enumerate(properties):
        at: Place = (*place, "properties", i)
        if item["name"] in names:
            complaints.add(at, f"the property {item['name']!r} is described twice", "keep one")
        names.setdefault(item["name"], i)
        if item.get("physicalName") is None:
            continue
        source = normalise_header(item["physicalName"])
        if source in sources:
            other = properties[sources[source]]["name"]
            what = f"the column {item['physicalName']!r} is read as {other} already"
            cure = f"use 'transformLogic: {other}' instead, or another column"
            complaints.add((*at, "physicalName"), what, cure)
        sources.setdefault(source, i)


def _check_required(
    complaints: Complaints, dataset: Dataset, properties: list[dict[str, Any]], place: Place
) -> None:
    given = {item["name"]: i for i, item in enumerate(properties)}
    for name, column in CANONICAL[dataset].items():
        if not column.required:
            continue
        if name not in given:
            what = f"{dataset} has no property {name!r}"
            cure = f"add '- name: {name}' with its physicalName or a transformLogic"
            complaints.add(place, what, cure)
        elif properties[given[name]].get("required") is not True:
            at: Place = (*place, "properties", given[name])
            complaints.add(at, f"{name} may be empty", "add 'required: true'")


def _check_key(
    complaints: Complaints, dataset: Dataset, properties: list[dict[str, Any]], place: Place
) -> None:
    key = KEYS[dataset]
    flagged = {item["name"]: i for i, item in enumerate(properties) if item.get("primaryKey")}
    for name, i in flagged.items():
        if name != key:
            what = f"{name} is not the key of {dataset}"
            cure = (
                f"only {key} is; where several columns make the key, compute it: "
                "transformLogic: concat(order_id, '/', line_no)"
            )
            complaints.add((*place, "properties", i, "primaryKey"), what, cure)
    for i, item in enumerate(properties):
        if item["name"] == key and key not in flagged:
            at: Place = (*place, "properties", i)
            complaints.add(at, f"{key} is not marked as the key", "add 'primaryKey: true'")

"""From the Open Data Contract Standard to the model; expects what `lint` has found clean."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from spark_jobs.contracts.expressions import parse_expression
from spark_jobs.contracts.marks import Document, Place
from spark_jobs.contracts.model import Bounds, Check, Column, Contract, DatasetContract, Share
from spark_jobs.facts.canonical import CANONICAL
from spark_jobs.facts.words import Dataset, Kind, Severity

LOGICAL_TYPES: dict[str, Kind] = {
    "string": Kind.STRING,
    "integer": Kind.INTEGER,
    "number": Kind.MONEY,
    "timestamp": Kind.TIMESTAMP,
    "date": Kind.TIMESTAMP,
}
"""The logical types of ODCS that a contract may use, with the kind of a canonical column."""

PERSONAL = frozenset({"personal", "restricted", "confidential"})
"""Classifications whose values alerts and logs mask."""

FORMAT_SEPARATOR = " | "


def build_contract(document: Document) -> Contract:
    """The contract that the document describes."""
    data = document.data
    custom = custom_properties(data)
    zone = str(custom.get("timeZone", "UTC"))
    datasets = [
        _dataset(document, element, ("schema", i), zone)
        for i, element in enumerate(data.get("schema") or [])
    ]
    return Contract(
        shape=data["id"],
        version=str(data["version"]),
        datasets={dataset.dataset: dataset for dataset in datasets},
        time_zone=zone,
        encoding=str(custom.get("encoding", "utf-8")),
        origin=str(document.path),
        description=str((data.get("description") or {}).get("purpose") or ""),
    )


def custom_properties(element: Mapping[str, Any]) -> dict[str, Any]:
    """The custom properties of an element by name."""
    return {item["property"]: item["value"] for item in element.get("customProperties") or []}


def kind_of(dataset: Dataset, element: Mapping[str, Any]) -> Kind:
    """The kind of a property: a number is money where the canonical model says so."""
    kind = LOGICAL_TYPES[element["logicalType"]]
    if kind is Kind.MONEY and element["name"] not in CANONICAL[dataset]:
        return Kind.DECIMAL
    return kind


def split_formats(text: str) -> tuple[str, ...]:
    """The formats of a timestamp, in the order in which they are tried."""
    return tuple(text.split(FORMAT_SEPARATOR))


def time_bound(text: str, zone: str) -> Decimal:
    """Seconds since 1970 of an ISO time, in the contract's zone where it names none.

    Raises:
        ValueError: The text is no ISO time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    span = moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return Decimal(span.days * 86_400 + span.seconds) + Decimal(span.microseconds) / 1_000_000


def _dataset(
    document: Document, element: Mapping[str, Any], place: Place, zone: str
) -> DatasetContract:
    custom = custom_properties(element)
    dataset = Dataset(element["name"])
    columns = [
        _column(dataset, item, document.line((*place, "properties", i)), zone)
        for i, item in enumerate(element["properties"])
    ]
    return DatasetContract(
        dataset=dataset,
        columns=tuple(columns),
        generated_key=bool(custom.get("generatedKey", False)),
        version_column=custom.get("versionColumn"),
        bad_records_percent=Decimal(str(custom.get("badRecordsPercent", 5))),
        description=str(element.get("description") or ""),
    )


def _column(dataset: Dataset, element: Mapping[str, Any], line: int, zone: str) -> Column:
    kind = kind_of(dataset, element)
    options = element.get("logicalTypeOptions") or {}
    logic = element.get("transformLogic")
    words = custom_properties(element).get("words") or {}
    formats = split_formats(options.get("format", "iso")) if kind is Kind.TIMESTAMP else ()
    return Column(
        name=element["name"],
        kind=kind,
        source=element.get("physicalName"),
        required=bool(element.get("required", False)),
        formats=formats,
        bounds=_bounds(kind, options, zone),
        checks=tuple(_checks(element, options)),
        null_share=_null_share(element.get("quality") or []),
        logic=None if logic is None else parse_expression(logic),
        words={word: canonical for canonical, listed in words.items() for word in listed},
        personal=element.get("classification") in PERSONAL,
        description=str(element.get("description") or element.get("transformDescription") or ""),
        line=line,
    )


def _bounds(kind: Kind, options: Mapping[str, Any], zone: str) -> Bounds:
    def limit(key: str) -> Decimal | None:
        value = options.get(key)
        if value is None:
            return None
        return time_bound(value, zone) if kind is Kind.TIMESTAMP else Decimal(str(value))

    return Bounds(
        minimum=limit("minimum"),
        maximum=limit("maximum"),
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
    )


def _checks(element: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[Check]:
    if "pattern" in options:
        yield Check(Severity.REJECT_RECORD, pattern=options["pattern"])
    if element.get("enum"):
        values = tuple(str(item["value"]) for item in element["enum"])
        yield Check(Severity.REJECT_RECORD, values=values)
    for rule in element.get("quality") or []:
        if rule.get("metric") != "invalidValues":
            continue
        arguments = rule["arguments"]
        severity = Severity(rule.get("severity", Severity.REJECT_RECORD))
        if "validValues" in arguments:
            yield Check(severity, values=tuple(str(v) for v in arguments["validValues"]))
        if "pattern" in arguments:
            yield Check(severity, pattern=arguments["pattern"])


def _null_share(rules: Sequence[Mapping[str, Any]]) -> Share | None:
    for rule in rules:
        if rule.get("metric") == "nullValues":
            return Share(Decimal(str(rule["mustBeLessOrEqualTo"])))
    return None

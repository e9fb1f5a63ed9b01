"""Rules about one property: its type, where it comes from, its options and words."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from spark_jobs.contracts.linting.complaints import Complaints, did_you_mean, settings_of
from spark_jobs.contracts.linting.formats import FormatError, check_format
from spark_jobs.contracts.linting.patterns import PatternError, check_pattern
from spark_jobs.contracts.linting.quality import check_quality, check_values
from spark_jobs.contracts.marks import Place
from spark_jobs.contracts.odcs import LOGICAL_TYPES, kind_of, split_formats, time_bound
from spark_jobs.facts.canonical import CANONICAL, PROVENANCE
from spark_jobs.facts.words import Dataset, Kind, Status

_NAME = re.compile("[a-z][a-z0-9_]*")
_IGNORED_OPTIONS = {
    "exclusiveMinimum": "write minimum (inclusive)",
    "exclusiveMaximum": "write maximum (inclusive)",
    "multipleOf": "remove it",
    "timezone": "times with an offset are read with it; others have the contract's timeZone",
    "defaultTimezone": "set the contract's custom property timeZone",
}


def check_column(
    complaints: Complaints, dataset: Dataset, item: Mapping[str, Any], place: Place
) -> None:
    """Adds what is wrong with one property of a dataset."""
    _check_name(complaints, item, place)
    _check_origin(complaints, item, place)
    if item.get("unique"):
        cure = "remove it: the key is unique by itself, later rows replace earlier ones"
        complaints.add((*place, "unique"), "uniqueness is not checked by record", cure)
    logical = item.get("logicalType")
    if logical not in LOGICAL_TYPES:
        what = f"{item['name']} has the type {logical!r}" if logical else "the type is missing"
        at = (*place, "logicalType") if logical else place
        complaints.add(at, what, f"write one of {', '.join(LOGICAL_TYPES)} as logicalType")
        return
    kind = kind_of(dataset, item)
    _check_type(complaints, dataset, item, kind, place)
    _check_options(complaints, item, kind, place)
    has_words = _check_words(complaints, dataset, item, place)
    check_values(complaints, item, kind, has_words=has_words, place=place)
    check_quality(complaints, item, kind, has_words=has_words, place=place)


def _check_name(complaints: Complaints, item: Mapping[str, Any], place: Place) -> None:
    name = item["name"]
    if not _NAME.fullmatch(name):
        what = f"the name {name!r} is not plain"
        cure = "use a-z, 0-9 and _; the header's own spelling goes into physicalName"
        complaints.add((*place, "name"), what, cure)
    elif name in PROVENANCE:
        cure = "choose another name; the header's own spelling goes into physicalName"
        complaints.add((*place, "name"), f"the name {name!r} is used by the pipeline", cure)


def _check_origin(complaints: Complaints, item: Mapping[str, Any], place: Place) -> None:
    source, logic = item.get("physicalName"), item.get("transformLogic")
    if source is None and logic is None:
        what = f"{item['name']} comes from nowhere"
        complaints.add(place, what, "add a physicalName (its column) or a transformLogic")
    elif source is not None and logic is not None:
        what = f"{item['name']} has both a physicalName and a transformLogic"
        cure = "read the column under a name of its own, and use that name in transformLogic"
        complaints.add((*place, "transformLogic"), what, cure)
    elif source is not None and not source.strip():
        what = f"the physicalName of {item['name']} is empty"
        complaints.add((*place, "physicalName"), what, "write the column's name in the header")


def _check_type(
    complaints: Complaints, dataset: Dataset, item: Mapping[str, Any], kind: Kind, place: Place
) -> None:
    canonical = CANONICAL[dataset].get(item["name"])
    if canonical is None or canonical.kind is kind:
        return
    wanted = {Kind.MONEY: "number"}.get(canonical.kind, str(canonical.kind))
    cure = f"write {wanted}"
    if canonical.kind is Kind.STRING:
        cure += "; for digits only add 'logicalTypeOptions: {pattern: ^[0-9]+$}'"
    what = f"{item['name']} is {item['logicalType']} here and {wanted} in the canonical model"
    complaints.add((*place, "logicalType"), what, cure)


def _check_options(
    complaints: Complaints, item: Mapping[str, Any], kind: Kind, place: Place
) -> None:
    options = item.get("logicalTypeOptions") or {}
    at: Place = (*place, "logicalTypeOptions")
    for name, cure in _IGNORED_OPTIONS.items():
        if name in options:
            complaints.add((*at, name), f"{name} is not read", cure)
    if "format" in options:
        _check_format(complaints, options["format"], kind, (*at, "format"))
    if "pattern" in options:
        try:
            check_pattern(options["pattern"])
        except PatternError as error:
            what = f"the pattern {options['pattern']!r} {error.what}"
            complaints.add((*at, "pattern"), what, error.cure)
    _check_limits(complaints, options, kind, at)


def _check_format(complaints: Complaints, text: str, kind: Kind, place: Place) -> None:
    if kind is not Kind.TIMESTAMP:
        complaints.add(place, f"a {kind} has no format", "remove it, or use a pattern (strings)")
        return
    for name in split_formats(text):
        try:
            check_format(name)
        except FormatError as error:
            complaints.add(place, error.what, error.cure)


def _check_limits(
    complaints: Complaints, options: Mapping[str, Any], kind: Kind, place: Place
) -> None:
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength")):
        limits: dict[str, Decimal] = {}
        for name in (low, high):
            if options.get(name) is None:
                continue
            try:
                limits[name] = _limit(options[name], kind)
            except (ValueError, ArithmeticError, ZoneInfoNotFoundError) as error:
                complaints.add((*place, name), f"{name} is {options[name]!r}", str(error))
        if low in limits and high in limits and limits[low] > limits[high]:
            what = f"{low} {options[low]} is greater than {high} {options[high]}"
            complaints.add((*place, low), what, "swap the two")


def _limit(value: Any, kind: Kind) -> Decimal:
    if kind is Kind.TIMESTAMP:
        try:
            seconds = time_bound(value, "UTC")
        except (ValueError, TypeError) as error:
            raise ValueError("write an ISO time, such as '1990-01-01T00:00:00Z'") from error
        if seconds != int(seconds):
            raise ValueError("write whole seconds")
        return seconds
    number = Decimal(str(value))
    places = {Kind.MONEY: 2, Kind.DECIMAL: 6}.get(kind, 0)
    if not number.is_finite() or number != number.quantize(Decimal(1).scaleb(-places)):
        raise ValueError(f"write a number with at most {places} decimals, as the values are kept")
    return number


def _check_words(
    complaints: Complaints, dataset: Dataset, item: Mapping[str, Any], place: Place
) -> bool:
    settings = settings_of(complaints, item, place, frozenset({"words"}))
    if "words" not in settings:
        return False
    words, at = settings["words"]
    if item["name"] != "status" or "status" not in CANONICAL[dataset]:
        complaints.add(at, f"{item['name']} has words", "only a status is brought to words")
    elif item.get("physicalName") is None:
        complaints.add(at, "a computed status has words", "read it from a column (physicalName)")
    if not isinstance(words, dict) or not all(isinstance(v, list) for v in words.values()):
        cure = "write 'processing: [pending, paid]' and so on"
        complaints.add(at, "words is no mapping of lists", cure)
        return True
    seen: dict[str, str] = {}
    for canonical, listed in words.items():
        here: Place = (*at, "value", canonical)
        if canonical not in list(Status):
            what = f"{canonical!r} is no canonical status"
            complaints.add(here, what, did_you_mean(canonical, Status))
        for word in listed:
            _check_word(complaints, word, canonical, seen, here)
    return True


def _check_word(
    complaints: Complaints, word: Any, canonical: str, seen: dict[str, str], place: Place
) -> None:
    if not isinstance(word, str):
        complaints.add(place, f"the word {word!r} is no text", "put it in quotes")
        return
    if word != word.lower() or word != word.strip() or not word:
        cure = f"write {word.strip().lower()!r}: statuses are compared in lower case"
        complaints.add(place, f"the word {word!r} is not in lower case", cure)
    if "'" in word or "\\" in word:
        complaints.add(place, f"the word {word!r} has a quote or backslash", "leave it out")
    if seen.get(word, canonical) != canonical or word in seen:
        what = f"the word {word!r} is listed twice ({seen[word]} and {canonical})"
        complaints.add(place, what, "keep one")
    seen[word] = canonical

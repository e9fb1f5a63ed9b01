"""Rules about allowed values and `quality`: what is read, and with which severity."""

from collections.abc import Mapping
from typing import Any

from spark_jobs.contracts.linting.complaints import PERCENT, Complaints, did_you_mean
from spark_jobs.contracts.linting.patterns import PatternError, check_pattern
from spark_jobs.contracts.marks import Place
from spark_jobs.facts.words import Kind, Severity

_SEVERITIES = (Severity.REJECT_RECORD, Severity.WARN)
_ARGUMENTS = frozenset({"validValues", "pattern"})


def check_values(
    complaints: Complaints, item: Mapping[str, Any], kind: Kind, *, has_words: bool, place: Place
) -> None:
    """Adds what is wrong with the `enum` and the pattern of a property."""
    if item.get("enum"):
        values = [entry.get("value") for entry in item["enum"]]
        _check_listed(complaints, values, kind, has_words, (*place, "enum"))
    if has_words and "pattern" in (item.get("logicalTypeOptions") or {}):
        at = (*place, "logicalTypeOptions", "pattern")
        complaints.add(at, "a status with words has a pattern", "remove it: the words say it all")


def check_quality(
    complaints: Complaints, item: Mapping[str, Any], kind: Kind, *, has_words: bool, place: Place
) -> None:
    """Adds what is wrong with the quality rules of a property."""
    shares = 0
    for i, rule in enumerate(item.get("quality") or []):
        at: Place = (*place, "quality", i)
        metric = rule.get("metric")
        if metric == "invalidValues":
            _check_invalid_values(complaints, rule, kind, has_words, at)
        elif metric == "nullValues":
            shares += 1
            _check_null_share(complaints, rule, at)
            if shares > 1:
                complaints.add(at, "a second rule about the share of NULLs", "keep one")
        else:
            what = f"the rule {metric or rule.get('type') or ''!r} is not read"
            complaints.add(at, what, "write metric: invalidValues or metric: nullValues")


def _check_invalid_values(
    complaints: Complaints, rule: Mapping[str, Any], kind: Kind, has_words: bool, place: Place
) -> None:
    severity = rule.get("severity", Severity.REJECT_RECORD)
    if severity not in _SEVERITIES:
        what = f"the severity {severity!r} is not known here"
        complaints.add((*place, "severity"), what, did_you_mean(severity, _SEVERITIES))
    if rule.get("mustBe") != 0:
        complaints.add(place, "invalidValues with another bound", "write mustBe: 0")
    arguments = rule.get("arguments") or {}
    for name in arguments:
        if name not in _ARGUMENTS:
            at = (*place, "arguments", name)
            cure = did_you_mean(name, _ARGUMENTS)
            complaints.add(at, f"the argument {name!r} is not known", cure)
    if not _ARGUMENTS & set(arguments):
        cure = "add arguments: {validValues: [...]} or {pattern: ...}"
        complaints.add(place, "invalidValues does not say which are valid", cure)
    if "validValues" in arguments:
        at = (*place, "arguments", "validValues")
        _check_listed(complaints, arguments["validValues"], kind, has_words, at)
    if "pattern" in arguments:
        at = (*place, "arguments", "pattern")
        _check_pattern(complaints, arguments["pattern"], kind, has_words, at)


def _check_listed(
    complaints: Complaints, values: Any, kind: Kind, has_words: bool, place: Place
) -> None:
    if kind is not Kind.STRING:
        what = f"a {kind} has a list of values"
        complaints.add(place, what, "use minimum and maximum, or read it as string")
        return
    if not isinstance(values, list) or not values:
        complaints.add(place, "the list of values is empty", "write [one, other]")
        return
    for value in values:
        if not isinstance(value, str):
            complaints.add(place, f"the value {value!r} is no text", "put it in quotes")
        elif "\\" in value or not value.strip() or value != value.strip():
            what = f"the value {value!r} is empty, has blanks around it or a backslash"
            complaints.add(place, what, "write it as it stands in the file, trimmed")
        elif has_words and value != value.lower():
            cure = "leave the list out: the words say what is known"
            complaints.add(place, f"the status {value!r} has upper case", cure)


def _check_pattern(
    complaints: Complaints, pattern: Any, kind: Kind, has_words: bool, place: Place
) -> None:
    if kind is not Kind.STRING:
        complaints.add(place, f"a {kind} has a pattern", "use minimum and maximum")
        return
    if has_words:
        complaints.add(place, "a status with words has a pattern", "remove it")
    try:
        check_pattern(str(pattern))
    except PatternError as error:
        complaints.add(place, f"the pattern {pattern!r} {error.what}", error.cure)


def _check_null_share(complaints: Complaints, rule: Mapping[str, Any], place: Place) -> None:
    if rule.get("unit") != "percent":
        complaints.add(place, "nullValues is not in percent", "write unit: percent")
    if rule.get("severity", Severity.WARN) != Severity.WARN:
        cure = "write severity: warn; a value that must be there is 'required: true'"
        complaints.add((*place, "severity"), "a share of NULLs can only warn", cure)
    bound = rule.get("mustBeLessOrEqualTo")
    if bound is None:
        complaints.add(place, "nullValues has another bound", "write mustBeLessOrEqualTo: 5")
    elif isinstance(bound, bool) or not 0 <= bound <= PERCENT:
        what = f"the share is {bound}"
        complaints.add((*place, "mustBeLessOrEqualTo"), what, "write a number from 0 to 100")

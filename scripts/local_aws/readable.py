"""Lines of a log that are JSON, as a person reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_ELSEWHERE = {"level", "message", "location", "time", "timestamp", "service", "xray_trace_id"}
_ELSEWHERE |= {"cold_start", "function_name", "function_memory_size", "function_arn"}
_ELSEWHERE |= {"function_request_id"}
"""What stands before the line already, or nobody looks for here."""


def readable(text: str) -> str:
    """`LEVEL message name=value …` of a structured line; any other line as it is."""
    try:
        told = json.loads(text)
    except ValueError:
        return text
    if not isinstance(told, dict):
        return text
    if "_aws" in told:
        return f"metrics {_pairs({name: told.get(name) for name in _metrics(told)})}"
    if "message" in told:
        rest = {name: value for name, value in told.items() if name not in _ELSEWHERE}
        return f"{told.get('level', '')} {told['message']}  {_pairs(rest)}".strip()
    return text


def _metrics(told: Mapping[str, Any]) -> list[str]:
    """The names in a metric line, https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html."""
    found = told["_aws"].get("CloudWatchMetrics", [])
    return [metric["Name"] for one in found for metric in one.get("Metrics", [])]


def _pairs(values: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(one, int | float) for one in value):
        return f"{sum(value):g}"
    return value if isinstance(value, str) else json.dumps(value)

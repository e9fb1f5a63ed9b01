"""What cleanup tells CloudWatch."""

from __future__ import annotations

import json

import pytest


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """The metrics that went out since the last look; of each the newest."""
    lines = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    found: dict[str, float] = {}
    for line in map(json.loads, lines):
        (told,) = line["_aws"]["CloudWatchMetrics"]
        found |= {metric["Name"]: sum(line[metric["Name"]]) for metric in told["Metrics"]}
    return found

"""`local-logs`: lines of several sources as one story, told once, for a person's terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.local_aws.heard import Line, of_groups, of_server
from scripts.local_aws.readable import readable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ('{"a": 1}', '{"a": 1}'),
        ("[1]", "[1]"),
        ('{"level": "INFO", "message": "batch closed", "batch_id": "b", "timestamp": "t"}',
         "INFO batch closed  batch_id=b"),
        ('{"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "N"}]}]}, "N": [1.0, 2.0]}',
         "metrics N=3"),
    ],
    ids=["text", "no message", "a list", "powertools", "metrics"],
)  # fmt: skip
def test_a_line_is_shown_as_a_person_reads_it(text: str, shown: str) -> None:
    assert readable(text) == shown


def test_nothing_in_a_line_moves_the_terminal() -> None:
    line = Line(0, "gate", json.dumps({"level": "INFO", "message": "x", "key": "\x1b[2J\u202e"}))
    assert line.shown == "INFO x  key=\\x1b[2J\\u202e"


class LogGroup:
    """Answers as CloudWatch Logs' client does, without ids, as the emulator."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def get_paginator(self, _: str) -> LogGroup:
        return self

    def paginate(self, logGroupName: str, startTime: int) -> list[dict[str, Any]]:  # noqa: N803
        return [{"events": [one for one in self.events if one["timestamp"] >= startTime]}]

    def say(self, at: int, stream: str, message: str) -> None:
        self.events.append({"timestamp": at, "logStreamName": stream, "message": message})


def test_a_batchs_lines_are_those_of_its_tasks_and_those_that_name_it() -> None:
    group = LogGroup()
    group.say(1, "validate/1", "began b-1\nstage")
    group.say(2, "validate/2", "began b-2")
    heard = [line.text for line in of_groups(group, "validate", "/ecs/validate-task").hear()
             if line.belongs_to("b-1")]  # fmt: skip
    assert heard == ["began b-1", "stage"]
    others = of_groups(group, "gate", "/aws/lambda/gate").hear()
    assert [line.text for line in others if line.belongs_to("b-1")] == ["began b-1"]


def test_lines_are_told_once_late_ones_too() -> None:
    group = LogGroup()
    listener = of_groups(group, "gate", "/aws/lambda/gate")
    group.say(20_000, "a", "first")
    assert [line.text for line in listener.hear()] == ["first"]
    group.say(15_000, "b", "late")
    assert [line.text for line in listener.hear()] == ["late"]
    assert not list(listener.hear())


def test_the_servers_log_is_told_in_whole_lines_with_the_time_of_the_line_before(
    tmp_path: Path,
) -> None:
    log = tmp_path / "server.log"
    listener = of_server(log)
    assert not list(listener.hear())
    log.write_text("2026-11-22 18:00:01 INFO a\n  File x\n2026-11-22 18:0")
    first = list(listener.hear())
    assert [line.text for line in first] == ["2026-11-22 18:00:01 INFO a", "  File x"]
    assert first[0].at == first[1].at
    with log.open("a") as more:
        more.write("0:02 INFO b\n")
    assert [line.text for line in listener.hear()] == ["2026-11-22 18:00:02 INFO b"]

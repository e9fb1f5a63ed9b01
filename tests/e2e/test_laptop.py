"""README, "The whole system on your laptop": its lines, typed as they stand there, and once more.

The folder (ORDERS_LOCAL_AWS) is the case's own, and its port a free one: a local AWS that a person
has on this machine is not met.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.check_documents import lines_of, shown_commands
from scripts.local_aws.deployment import Deployment
from scripts.local_aws.stack import Stack
from tests.e2e.checker import Checker
from tests.e2e.conftest import world_of
from tests.e2e.containers import backend
from tests.e2e.ledger import LANDING_PREFIX
from tests.e2e.terminal import ROOT, Terminal
from tests.e2e.world import World

README = (ROOT / "README.md").read_text(encoding="utf-8")
UP, THEN = shown_commands(README, "laptop")
(ANSWER,) = shown_commands(README, "laptop: answer")
(STATUS,) = shown_commands(README, "laptop: status")
SAMPLE = ROOT / "spark_jobs" / "sample" / "batch-1"
SOURCES = {"gate", "cleanup", "validate", "transform", "states"}
_USUAL = ".local/aws"
_TIMES = (r"\d{8}T\d{6}Z-\d{6}", "BATCH"), (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME")
_DAYS = re.compile(r"\d+ days? changed")
_REFUSED = 2
"""Of make, where a command ends with a code of its own, which it names."""

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(backend() == "containers", reason="README's lines start processes"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "aws"
    Stack(tmp_path / "aws").stop()


@pytest.fixture
def terminal(folder: Path, tmp_path: Path) -> Iterator[Terminal]:
    """Of somebody who has an account, whose name is nobody's here."""
    (tmp_path / "tmp").mkdir()
    theirs = {"AWS_PROFILE": "shop", "AWS_REGION": "us-east-1", "TMPDIR": str(tmp_path / "tmp")}
    with Terminal(theirs | {"ORDERS_LOCAL_AWS": str(folder)}) as terminal:
        yield terminal


def test_each_line_of_the_readme_does_what_it_says_and_nothing_stays_behind(
    terminal: Terminal, folder: Path, tmp_path: Path
) -> None:
    for line in ("make watch", "make local-logs"):
        assert "`make local-up`" in terminal.types(line, _REFUSED)
    assert not status(terminal)["running"]

    (up,) = lines_of(UP)
    said = terminal.types(up)
    assert "Ready after" in said
    assert lines_of(said.partition("Type next:")[2]) == here(lines_of(THEN), folder)
    *lines, query, down = here(lines_of(THEN), folder)
    world = world_in(folder, tmp_path / "world")
    for line in lines:
        said = terminal.types(line)
        if line.startswith("scripts/upload_sample.sh"):
            note_the_sample(world)
    assert "Days changed: " in said, "make watch ends with the KPI changes"
    before = at_rest(terminal)
    assert_answer(terminal.types(query))
    assert_status(terminal.types("make local-status"))
    world.at_rest()
    assert Checker(world).complaints() == []
    logs = terminal.types('make local-logs ARGS="--last 0"')  # the last 100 may be of jobs alone
    assert {line.split()[1] for line in logs.splitlines() if re.match(r"\d\d:", line)} == SOURCES

    assert_harmless(terminal, up, before)
    said = terminal.types(down)
    assert "Stopped" in said
    assert "Left, for the next time" in said
    assert processes_of(folder) == []
    assert not is_open(before["port"])
    assert not folder.exists()
    assert list((tmp_path / "tmp").iterdir()) == []

    assert "Nothing runs" in terminal.types(down)
    assert "does not run" in terminal.types("make local-status")
    for line in ("scripts/upload_sample.sh", "scripts/start_batch.sh"):
        assert "`make local-up` starts it" in terminal.types(line, 69)


def here(lines: list[str], folder: Path) -> list[str]:
    """README's lines for the case's folder."""
    return [line.replace(_USUAL, str(folder)) for line in lines]


def world_in(folder: Path, own: Path) -> World:
    """The words for what runs there, for the checker; they are no part of what is typed."""
    stack = Stack(folder)
    return world_of(stack, Deployment(stack), own)


def note_the_sample(world: World) -> None:
    """Notes what was uploaded, as long as it lies in landing."""
    times = world.account.times(world.account.landing, LANDING_PREFIX)
    for (key, version_id), at in times.items():
        body = (SAMPLE / key.removeprefix(LANDING_PREFIX)).read_bytes()
        world.ledger.note(key, version_id, body, at)


def status(terminal: Terminal) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(terminal.types("make local-status ARGS=--json"))
    return told


def at_rest(terminal: Terminal) -> dict[str, Any]:
    """Waits, where the upload has become two batches; the status then."""
    deadline = time.monotonic() + 180
    while True:
        told = status(terminal)
        (system,) = told["systems"]
        done = all(batch["state"] == "DONE" for batch in system["batches"])
        if done and not system["waiting_files"]:
            return told
        assert time.monotonic() < deadline, system
        time.sleep(2)


def assert_answer(said: str) -> None:
    """The query's answer has the values that the README shows."""
    (item,) = json.loads(said)["Items"]
    shown = {
        name: {kind: value}
        for name, kind, value in re.findall(r'"(\w+)": \{"([SN])": "([^"]+)"\}', ANSWER)
    }
    assert len(shown) > 5
    assert {name: item[name] for name in shown} == shown


def assert_status(said: str) -> None:
    """What the README shows, but for times; where there are two batches, of each as much."""
    told, shown = (timeless(text[text.index("System ") :]) for text in (said, STATUS))
    if "batches: 1" not in said:
        told, shown = ([_DAYS.sub("DAYS", line) for line in lines] for lines in (told, shown))
        twice = [[line.replace("s: 1", "s: 2")] * (1 + ("BATCH" in line)) for line in shown]
        shown = [line for lines in twice for line in lines]
    assert told == shown


def timeless(text: str) -> list[str]:
    for pattern, name in _TIMES:
        text = re.sub(pattern, name, text)
    return text.strip().splitlines()


def assert_harmless(terminal: Terminal, up: str, before: dict[str, Any]) -> None:
    """A second `local-up` is quick and changes nothing."""
    begun = time.monotonic()
    assert "Everything runs already" in terminal.types(up)
    assert time.monotonic() - begun < 30
    after = status(terminal)
    for told in (before, after):
        del told["memory_mb"]
    assert after == before


def processes_of(folder: Path) -> list[str]:
    """Processes that name the folder."""
    call = ["ps", "-A", "-ww", "-o", "pid=,command="]
    told = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    return [line for line in told.splitlines() if str(folder) in line]


def is_open(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0

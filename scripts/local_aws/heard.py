"""Lines of logs, from wherever they come: a listener tells what is new since it was last asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from scripts.local_aws.readable import readable

_TOLD = ("Entered", "Failed", "TimedOut", "Aborted", "ExecutionStarted", "ExecutionSucceeded")
"""Events of an execution that a person wants to see."""
_SAYS_NOTHING = ("START RequestId:", "END RequestId:")
_OVERLAP_MS = 10_000
"""A line may come later than a younger one of another stream."""


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        at: Milliseconds since 1970.
        about: What it belongs to beside its own words, as the lines of its stream.
    """

    at: int
    source: str
    text: str
    about: str = ""

    @property
    def clock(self) -> str:
        """Its time of day, UTC."""
        return datetime.fromtimestamp(self.at / 1000, UTC).strftime("%H:%M:%S")

    @property
    def shown(self) -> str:
        """Its words, with nothing in them that moves a terminal."""
        text = readable(self.text)
        return "".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in text)

    def belongs_to(self, batch: str | None) -> bool:
        """Whether it is of that batch; of None every line is."""
        return batch is None or batch in self.text or batch in self.about


@dataclass
class Listener:
    """A source of lines, which remembers what it has told."""

    source: str
    hear: Callable[[], Iterator[Line]]


def of_groups(client: Any, source: str, group: str) -> Listener:
    """The lines of a log group; a stream of a task counts as one batch's."""
    told: set[tuple[str, int, str]] = set()
    words: dict[str, list[str]] = {}
    since = [0]

    def hear() -> Iterator[Line]:
        fresh = []
        for event in _events(client, group, since[0]):
            # The emulator's events have no id.
            known = (event["logStreamName"], event["timestamp"], event["message"])
            if known not in told:
                told.add(known)
                fresh.append(event)
                words.setdefault(event["logStreamName"], []).append(event["message"])
                since[0] = max(since[0], event["timestamp"] - _OVERLAP_MS)
        for event in fresh:
            about = "\n".join(words[event["logStreamName"]]) if group.startswith("/ecs/") else ""
            yield from _split(event["timestamp"], source, event["message"], about)

    return Listener(source, hear)


def of_states(client: Any, machine: str) -> Listener:
    """What the state machine's executions went through, from their histories."""
    told: dict[str, int] = {}
    ended: set[str] = set()

    def hear() -> Iterator[Line]:
        for page in client.get_paginator("list_executions").paginate(stateMachineArn=machine):
            for execution in page["executions"]:
                arn = execution["executionArn"]
                if arn not in ended:
                    yield from _history(client, arn, told)
                if execution["status"] != "RUNNING":
                    ended.add(arn)

    return Listener("states", hear)


def of_server(log: Path) -> Listener:
    """The server's own log, as it comes."""
    return Listener("server", partial(_tail, log, [0]))


def _events(client: Any, group: str, since: int) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=group, startTime=since):
        yield from page["events"]


def _split(at: int, source: str, message: str, about: str) -> Iterator[Line]:
    for text in message.splitlines():
        if text.strip() and not text.startswith(_SAYS_NOTHING):
            yield Line(at, source, text.rstrip(), about)


def _history(client: Any, arn: str, told: dict[str, int]) -> Iterator[Line]:
    name = arn.rpartition(":")[2]
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
    for event in (event for page in pages for event in page["events"]):
        if event["id"] > told.get(arn, 0):
            told[arn] = event["id"]
            if not event["type"].endswith(_TOLD):
                continue
            at = int(event["timestamp"].timestamp() * 1000)
            yield Line(at, "states", f"{name}  {event['type']}  {_details(event)}".rstrip())


def _details(event: dict[str, Any]) -> str:
    """The state's name, or the error and its cause."""
    for name, details in event.items():
        if name.endswith("EventDetails") and isinstance(details, dict):
            said = [details.get(part) for part in ("name", "resource", "error", "cause")]
            return " ".join(str(part)[:300] for part in said if part)
    return ""


def _tail(log: Path, offset: list[int]) -> Iterator[Line]:
    """New lines; those without a time of their own have that of the line before."""
    if not log.exists():
        return
    with log.open("rb") as file:
        file.seek(offset[0])
        whole, newline, _ = file.read().rpartition(b"\n")
    offset[0] += len(whole) + len(newline)
    lines = whole.decode("utf-8", "backslashreplace").splitlines()
    at = next(filter(None, map(_time_in, lines)), int(log.stat().st_mtime * 1000))
    for text in lines:
        at = _time_in(text) or at
        yield Line(at, "server", text)


def _time_in(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text[:19]).timestamp() * 1000)
    except ValueError:
        return None

"""Alerts: text for people, within SNS's limits, with links into the console. Standard library only.

Whatever came from outside (object keys, values) is shown through `escaped`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from spark_jobs.facts.aws import Task
from spark_jobs.facts.places import in_ascii

MOST_SUBJECT = 99
"""SNS: fewer than 100 characters of ASCII, none of them a control character."""
MOST_MESSAGE_BYTES = 30_000
"""SNS takes 256 KiB; nobody reads as much, and the text passes through row and state machine."""
MOST_SHOWN = 240
STATE_MACHINE = "order-pipeline"
_CUT = "(cut here; the verdict names everything)"
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}
"""Hosts of the console by partition; where there is none, names stand in place of links."""


@dataclass(frozen=True)
class Alert:
    """One message, as `sns:Publish` takes it."""

    subject: str
    message: str


@dataclass(frozen=True)
class Links:
    """Where to look further.

    Args:
        execution_arn: Region, account and names are read from it; empty: no links.
        verdict: `s3://` address of the verdict, empty where there is none.
    """

    execution_arn: str
    verdict: str = ""

    @property
    def pipeline(self) -> str:
        """The state machine's name, which tells environments apart."""
        return self._part(6) or STATE_MACHINE

    def lines(self) -> list[str]:
        """Execution, logs and verdict, a line for each."""
        if not self.execution_arn:
            return [f"Verdict: {escaped(self.verdict)}"] if self.verdict else []
        prefix = self.pipeline.removesuffix(STATE_MACHINE)
        execution = self._page("states/home", "", f"/v2/executions/details/{self.execution_arn}")
        said = [f"Execution: {execution or self.execution_arn}"]
        for task in Task:
            group = f"/ecs/{prefix}{task}-task"
            # The console reads this fragment decoded twice, with $ in place of %.
            twice = quote(quote(group, safe=""), safe="").replace("%", "$")
            logs = self._page("cloudwatch/home", "", f"logsV2:log-groups/log-group/{twice}")
            said.append(f"Logs of {task}: {logs or group}")
        return said + list(self._verdict())

    def _verdict(self) -> Iterator[str]:
        if self.verdict:
            yield f"Verdict: {escaped(self.verdict)}"
            bucket, _, key = self.verdict.removeprefix("s3://").partition("/")
            page = self._page(f"s3/object/{quote(bucket)}", f"&prefix={quote(key, safe='')}", "")
            if page:
                yield f"  {page}"

    def _page(self, path: str, query: str, fragment: str) -> str:
        host = _CONSOLES.get(self._part(1), "")
        page = f"https://{host}/{path}?region={self._part(3)}{query}"
        return (page + (f"#{fragment}" if fragment else "")) if host else ""

    def _part(self, number: int) -> str:
        parts = self.execution_arn.split(":")
        return parts[number] if len(parts) > number else ""


def again(batch_id: str) -> str:
    """What to type to start a failed batch again."""
    return f"scripts/start_batch.sh --again {batch_id}"


def escaped(text: str, most: int = MOST_SHOWN) -> str:
    """Text from outside on one line: what is not printable written out, the middle left out.

    Controls, line ends, marks of direction and halves of characters cannot disguise what is shown.
    """
    shown = "".join(c if c.isprintable() else in_ascii(c) for c in text)
    if len(shown) <= most:
        return shown
    half = (most - 1) // 2
    return f"{shown[:half]}…{shown[-half:]}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 file`, `1,200 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(title: str, lines: Sequence[str], most: int) -> list[str]:
    """A section of at most so many lines, and how many more there are; nothing where empty."""
    if not lines:
        return []
    more = len(lines) - most
    rest = [f"  and {more:,} more"] if more > 0 else []
    return ["", title, *(f"  {line}" for line in lines[:most]), *rest]


def alert(subject: str, lines: Iterable[str], links: Links) -> Alert:
    """The message, cut before its links where it is too long."""
    ending = "\n".join(["", "Where to look", *(f"  {line}" for line in links.lines())])
    space = MOST_MESSAGE_BYTES - len(ending.encode()) - len(_CUT) - 2
    kept: list[str] = []
    for line in lines:
        space -= len(line.encode()) + 1
        if space < 0:
            kept.append(_CUT)
            break
        kept.append(line)
    if links.lines():
        kept.append(ending)
    return Alert(_subject(f"{links.pipeline}: {subject}"), "\n".join(kept) + "\n")


def _subject(text: str) -> str:
    plain = escaped(text, 10 * MOST_SUBJECT).encode("ascii", "replace").decode()
    return plain if len(plain) <= MOST_SUBJECT else plain[: MOST_SUBJECT - 3] + "..."

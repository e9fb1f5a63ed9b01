"""What the documents show: code spans and blocks, links, make targets, commands with flags."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/command.md",
    "docs/contracts.md",
)
MADE = (".local/", ".venv/", ".venv-full/")
"""Folders that make and the runs make."""
ELSEWHERE = ("warehouse/", "staged/", "processed/", "invalid/", "batch1/", "batch2/")
"""Folders in lakes, archives and generated shops."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"[\w.-]+/[\w./*-]*")


def text_of(document: str) -> str:
    """The document as it is written."""
    return (ROOT / document).read_text(encoding="utf-8")


def code_of(document: str) -> list[str]:
    """Its code: spans, and the lines of shell blocks, continued lines joined."""
    text = text_of(document)
    blocks = [body for kind, body in _BLOCK.findall(text) if kind in {"sh", "bash", "console"}]
    lines = [line for body in blocks for line in body.replace("\\\n", " ").splitlines()]
    return [*lines, *_SPAN.findall(_BLOCK.sub("", text))]


def links_of(document: str) -> list[str]:
    """Links to other files of the project."""
    found = _LINK.findall(_BLOCK.sub("", text_of(document)))
    return [link.partition("#")[0] for link in found if "://" not in link]


def paths_of(document: str) -> list[str]:
    """Paths in its code that must exist: those with a `/`, save what is made by running."""
    words = [word for code in code_of(document) for word in code.split()]
    return [
        word
        for word in words
        if _PATH.fullmatch(word)
        and not word.startswith(MADE + ELSEWHERE)
        and word not in available_timezones()
    ]


def targets_of(document: str) -> list[str]:
    """Targets of make in its code."""
    return [
        target
        for code in code_of(document)
        for target in re.findall(r"(?:^|\s)make ([a-z.][\w.-]*)", code)
    ]


def commands_of(document: str) -> Iterator[list[str]]:
    """The arguments of every `orders …` in its code; a job under spark-submit counts as one."""
    for code in code_of(document):
        for call in re.split(r"&&|\|\s|;", code):
            words = _words(call)
            name = words[0].rpartition("/")[2] if words else ""
            if name == "orders":
                yield words[1:]
            elif name == "spark-submit" and (job := re.search(r"spark_jobs/(\w+)\.py", call)):
                yield [job[1], *_words(call[job.end() :])]


def _words(call: str) -> list[str]:
    """The words of a command line, without variables before it and comments behind."""
    try:
        words = shlex.split(call, comments=True)
    except ValueError:  # half a quote: prose in backticks
        return []
    while words and re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    return words

"""The engine's share of the task's memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from spark_jobs.facts.words import EngineName
from spark_jobs.pipeline.aws.memory import METADATA, engine_memory


@contextmanager
def metadata(document: object) -> Iterator[dict[str, str]]:
    """A task's metadata, as ECS answers; the variables that name it."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/v4/x/task" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {METADATA: f"http://127.0.0.1:{server.server_address[1]}/v4/x"}
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("limits", "told", "expected", "said"),
    [
        ({"Limits": {"Memory": 4096}}, 4096, "2457m", ["memory"]),
        ({"Limits": {"Memory": 8192}}, 4096, "2457m", ["task memory differs", "memory"]),
        ({"Limits": {"Memory": 4096}}, 8192, "2457m", ["task memory differs", "memory"]),
        ({"Limits": {"Memory": 4096}}, None, "2457m", ["memory"]),
        ({"Limits": {}}, 1024, "512m", ["task metadata not read", "memory"]),
        ({}, None, None, ["task metadata not read"]),
    ],
)
def test_the_smaller_of_what_is_told_and_what_is_there_counts(
    limits: object, told: int | None, expected: str | None, said: list[str]
) -> None:
    heard: list[str] = []
    with metadata(limits) as variables:
        memory = engine_memory(
            EngineName.SAIL, variables, told, lambda message, **_: heard.append(message)
        )
    assert (memory, heard) == (expected, said)


def test_outside_of_a_task_nobody_limits_the_engine() -> None:
    assert engine_memory(EngineName.SPARK, {}, None, lambda *_, **__: None) is None
    assert engine_memory(EngineName.SPARK, {}, 4096, lambda *_, **__: None) == "1920m"

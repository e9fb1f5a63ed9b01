"""The record of calls: a line of JSON for each right that a call needed.

`calls.jsonl` in ORDERS_LOCAL_DIR; without that variable nothing is recorded. One API call may need
several rights (a copy reads and writes), and then has several lines. With AUTH=false nobody
decides, and nothing is recorded.
"""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

_lock = threading.Lock()
_file: TextIO | None = None


def record(principal: str, action: str, resource: str, *, allowed: bool, via: str) -> None:
    """Adds a line.

    Args:
        principal: ARN of who called, or an access key that nobody knows.
        action: As IAM names it, `s3:GetObjectVersion`.
        resource: ARN, or "*".
        allowed: What the evaluator decided.
        via: `http`, or the service that called on its own: `states`, `ecs`, `lambda`, `events`.
    """
    line = json.dumps(
        {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "principal": name_of(principal),
            "action": action,
            "resource": resource,
            "allowed": allowed,
            "via": via,
        }
    )
    with _lock:
        file = _opened()
        if file is not None:
            file.write(line + "\n")


def name_of(principal: str) -> str:
    """The role's name of a session, `root`, a user's name; what is no ARN stays as it is."""
    if not principal.startswith("arn:"):
        return principal
    resource = principal.split(":", 5)[5]
    return resource.split("/")[1] if "/" in resource else resource


def _opened() -> TextIO | None:
    global _file  # noqa: PLW0603 - one file for the process, opened when first needed
    folder = os.environ.get("ORDERS_LOCAL_DIR")
    if _file is None and folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        # By lines: whoever reads it sees every call that was answered.
        _file = (Path(folder) / "calls.jsonl").open("a", buffering=1, encoding="utf-8")
    return _file

"""S3's events on EventBridge name the version of the object, where its bucket keeps versions.

AWS: `detail.object.version-id`. (The emulator leaves it out; the gate, which notes versions, would
find each file no sooner than its sweep lists the bucket.)

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge, s3

from scripts.local_aws.replaced import replace

_Call = Callable[..., Any]
_version = contextvars.ContextVar[str | None]("version of the event's object", default=None)


def install() -> None:
    """Puts the version into the events."""
    replace(s3, "_fire_s3_event", _remembering)
    replace(eventbridge, "_dispatch_event", _telling)


def _remembering(stock: _Call) -> _Call:
    def fire(*args: Any, version_id: str | None = None, **more: Any) -> None:
        before = _version.set(version_id)
        try:
            stock(*args, version_id=version_id, **more)
        finally:
            _version.reset(before)

    return fire


def _telling(stock: _Call) -> _Call:
    def dispatch(event: dict[str, Any], *args: Any, **more: Any) -> Any:
        version_id = _version.get()
        if version_id and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version_id
            event = {**event, "Detail": json.dumps(detail)}
        return stock(event, *args, **more)

    return dispatch

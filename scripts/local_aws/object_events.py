"""Events of S3 name the version of the object.

AWS: `detail.object.version-id` in each event of a versioned bucket, by which the gate tells two
uploads under one key apart. (The emulator knows the version, and tells it to queues and functions,
not to EventBridge.)

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import eventbridge, s3

from scripts.local_aws.replaced import replace

_version: contextvars.ContextVar[str | None] = contextvars.ContextVar("version", default=None)


def install() -> None:
    """Adds the version between S3 and EventBridge."""
    replace(s3, "_fire_s3_event", _remembering)
    replace(eventbridge, "_dispatch_event", _naming)


def _remembering(stock: Callable[..., None]) -> Callable[..., None]:
    def fire(*given: Any, version_id: str | None = None, **named: Any) -> None:
        token = _version.set(version_id)
        try:
            stock(*given, version_id=version_id, **named)
        finally:
            _version.reset(token)

    return fire


def _naming(stock: Callable[..., None]) -> Callable[..., None]:
    def dispatch(event: Mapping[str, Any], *rest: Any) -> None:
        version = _version.get()
        if version and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = {**event, "Detail": json.dumps(detail)}
        stock(event, *rest)

    return dispatch

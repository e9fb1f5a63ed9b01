"""The events that the queue brings: S3's "Object Created", as EventBridge words it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from spark_jobs.facts.errors import UsageError


@dataclass(frozen=True)
class Arrival:
    """A version of an object, as S3 names it.

    Args:
        key: As it is: EventBridge's events, unlike S3's own notifications, do not URL-encode it.
        version_id: `null` in a bucket without versions.
    """

    bucket: str
    key: str
    version_id: str


def arrival_of(body: str) -> Arrival:
    """The version that a message of the queue tells of.

    Raises:
        UsageError: It tells of something else, or is no event at all.
    """
    try:
        event: Any = json.loads(body)
        kind = (event["source"], event["detail-type"])
        bucket, thing = event["detail"]["bucket"]["name"], event["detail"]["object"]
        arrival = Arrival(bucket, thing["key"], thing.get("version-id") or "null")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unknown(f"no event of S3 ({type(error).__name__})") from error
    if kind != ("aws.s3", "Object Created"):
        raise _unknown(f"an event of another kind: {kind!r}")
    if not all(isinstance(part, str) for part in (bucket, arrival.key, arrival.version_id)):
        raise _unknown("an event whose bucket, key or version is no text")
    return arrival


def _unknown(what: str) -> UsageError:
    return UsageError(
        f"the queue brought {what}",
        where="landing-events",
        cure="only the rule for Object Created in landing may feed this queue",
    )

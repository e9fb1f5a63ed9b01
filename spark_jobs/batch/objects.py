"""Single objects on S3: looked at, read, and written only where nothing is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from spark_jobs.facts.errors import TransientError

GONE = ("NoSuchKey", "NoSuchVersion", "NotFound", "404")
"""What S3 says of an object or version that is not there."""
_EXISTS, _TWO_AT_ONCE = ("PreconditionFailed", "412"), ("ConditionalRequestConflict", "409")
_ATTEMPTS = 5


def code_of(error: ClientError) -> str:
    """What S3 calls the error."""
    return str(error.response["Error"]["Code"])


def head(client: Any, **place: str) -> Mapping[str, Any] | None:
    """What S3 says of an object, its checksums too; None: it is not there.

    Args:
        place: `Bucket`, `Key`, and `VersionId` for a certain version.
    """
    try:
        answer: Mapping[str, Any] = client.head_object(**place, ChecksumMode="ENABLED")
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise
    return answer


def read(client: Any, bucket: str, key: str) -> bytes | None:
    """The content of an object, None where there is none."""
    try:
        answer = client.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise
    content: bytes = answer["Body"].read()
    return content


def put_once(client: Any, bucket: str, key: str, body: bytes) -> bool:
    """Writes a JSON document where none is; False where there is one already.

    Raises:
        TransientError: Others wrote at the same moment, again and again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            client.put_object(
                Bucket=bucket,
                Key=key,
                Body=body,
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if code_of(error) in _EXISTS:
                return False
            if code_of(error) not in _TWO_AT_ONCE:
                raise
            time.sleep(0.1 * 2**attempt)  # somebody writes it at this moment
        else:
            return True
    raise TransientError("written by others at the same moment", where=key, cure="try again")

"""S3: versions and copies as the emulator has them; tags, conditions and missing keys as AWS.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html (tags of the source)
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (a key that is not there)
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from urllib.parse import parse_qs, unquote

from ministack.core import iam_actions
from ministack.services import s3

from scripts.local_aws.identity.needs.need import Need, Request

_READS = frozenset({"s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectAttributes"})


def needs(request: Request) -> list[Need]:
    """The main right, those of a copy's source or of a batch's keys, and what headers ask for."""
    found = [Need(request.action, request.resource)]
    found += [
        Need(action, resource)
        for action, resource in iam_actions.s3_additional_checks(
            request.method, request.path, request.headers, request.body, request.query
        )
    ]
    if request.action == "s3:PutObject":
        found += _of_a_write(request)
    if request.action in _READS:
        found += _of_a_missing_key(request)
    return found


def _of_a_write(request: Request) -> list[Need]:
    headers, found = request.headers, []
    copied = headers.get("x-amz-copy-source", "")
    part = "uploadId" in request.query or "partNumber" in request.query
    tagged = "x-amz-tagging" in headers
    if copied and not part and headers.get("x-amz-tagging-directive", "").upper() != "REPLACE":
        tagging = _tags_of_the_source(copied)
        found += tagging
        tagged = bool(tagging)
    if tagged and not part:
        found.append(Need("s3:PutObjectTagging", request.resource))
    if "if-match" in headers:
        found.append(Need("s3:GetObject", request.resource))
    return found


def _tags_of_the_source(copied: str) -> list[Need]:
    """The right to read them, where there are tags: they are copied along."""
    path, _, query = copied.partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    version = parse_qs(query)
    if not s3.object_tags_for_condition(bucket, key, version):
        return []
    action = "s3:GetObjectVersionTagging" if version.get("versionId") else "s3:GetObjectTagging"
    return [Need(action, f"arn:aws:s3:::{bucket}/{key}")]


def _of_a_missing_key(request: Request) -> list[Need]:
    """Who may not list is not told that a key is missing, but that it is forbidden."""
    bucket, _, key = request.path.lstrip("/").partition("/")
    stored = s3._buckets.get(bucket)
    if stored is None or key in stored["objects"]:
        return []
    return [Need("s3:ListBucket", f"arn:aws:s3:::{bucket}")]

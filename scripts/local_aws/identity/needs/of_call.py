"""From a call that a service makes on its own to the request that it would be over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scripts.local_aws.identity.needs.need import Request
from scripts.local_aws.identity.needs.of_request import request_of

# Services whose names in Step Functions are not those of the emulator.
_SERVICES = {
    "sfn": "states",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "cloudwatch": "monitoring",
}
# The method and the query of an operation on an object or a bucket.
_S3 = {
    "CopyObject": ("PUT", ""),
    "DeleteObject": ("DELETE", ""),
    "DeleteObjectTagging": ("DELETE", "tagging"),
    "GetObject": ("GET", ""),
    "GetObjectTagging": ("GET", "tagging"),
    "HeadBucket": ("HEAD", ""),
    "HeadObject": ("HEAD", ""),
    "ListObjectVersions": ("GET", "versions"),
    "ListObjects": ("GET", ""),
    "ListObjectsV2": ("GET", "list-type"),
    "PutObject": ("PUT", ""),
    "PutObjectTagging": ("PUT", "tagging"),
}
_S3_HEADERS = {
    "CopySource": "x-amz-copy-source",
    "IfMatch": "if-match",
    "Tagging": "x-amz-tagging",
    "TaggingDirective": "x-amz-tagging-directive",
}


def request_of_call(
    service: str, operation: str, data: Mapping[str, Any], region: str, account: str
) -> Request | None:
    """The request of a call that never was one; None where its action is not known.

    Args:
        service: As Step Functions names it, `dynamodb`, `sfn`.
        operation: As the API names it, `GetItem`.
        data: Its parameters, named as the API names them.
    """
    service = _SERVICES.get(service, service)
    where = (region, account)
    if service == "s3":
        return _s3(operation, data, *where)
    if service == "lambda":
        path = f"/2015-03-31/functions/{quote(str(data.get('FunctionName', '')), safe='')}"
        qualifier = {"Qualifier": data["Qualifier"]} if data.get("Qualifier") else {}
        headers = {"x-amz-target": f"Lambda.{operation}"}
        return request_of(service, "POST", path, headers, b"", qualifier, *where)
    headers = {"x-amz-target": f"{service}.{operation}"}
    body = json.dumps(data, default=str).encode()
    query = data if service == "sns" else {}
    return request_of(service, "POST", "/", headers, body, query, *where)


def _s3(operation: str, data: Mapping[str, Any], region: str, account: str) -> Request | None:
    method, asked = _S3.get(operation, ("GET", ""))
    path = "/" + "/".join(str(data[name]) for name in ("Bucket", "Key") if data.get(name))
    query = {asked: ""} if asked else {}
    if data.get("VersionId"):
        query["versionId"] = str(data["VersionId"])
    if data.get("Prefix"):
        query["prefix"] = str(data["Prefix"])
    headers = {header: str(data[name]) for name, header in _S3_HEADERS.items() if data.get(name)}
    if operation not in _S3:
        headers["x-amz-target"] = f"S3.{operation}"
    return request_of("s3", method, path, headers, b"", query, region, account)

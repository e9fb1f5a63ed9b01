"""A job for `test_credentials.py`: prints as JSON what it can reach, and what no more.

It outlives its first credentials, which are those of ORDERS_LOCAL_CREDENTIAL_SECONDS.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.exceptions import ClientError

ADDRESS = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]


def status(token: str | None, address: str = ADDRESS) -> int:
    """What the endpoint answers to a token."""
    request = urllib.request.Request(address, headers={"Authorization": token} if token else {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def refused(client: object, operation: str) -> str:
    """The code of the error, or an empty string."""
    try:
        getattr(client, operation)()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def main(life: float) -> None:
    """Calls, lets its credentials expire, calls again."""
    session = boto3.Session()
    first = session.get_credentials().get_frozen_credentials()
    sts = session.client("sts")
    who = sts.get_caller_identity()["Arn"]
    kept = {
        "aws_access_key_id": first.access_key,
        "aws_secret_access_key": first.secret_key,
        "aws_session_token": first.token,
    }
    time.sleep(life + 1)
    told = {
        "address": ADDRESS,
        "static": [name for name in os.environ if name.startswith(("AWS_ACCESS", "AWS_SECRET"))],
        "region": os.environ.get("AWS_REGION"),
        "who": who,
        "later": sts.get_caller_identity()["Arn"],
        "other_key": session.get_credentials().get_frozen_credentials().access_key
        != first.access_key,
        "no_token": status(None),
        "wrong_token": status("wrong"),
        "right_token": status(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]),
        "other_address": status(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"], f"{ADDRESS}x"),
        "expired_s3": refused(boto3.client("s3", **kept), "list_buckets"),
        "expired_dynamodb": refused(boto3.client("dynamodb", **kept), "list_tables"),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))

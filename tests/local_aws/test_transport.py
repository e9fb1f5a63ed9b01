"""Loopback counts as TLS, and nothing else is loosened."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.roles import EVERYTHING, a_bucket, a_role, allow, as_role
from tests.local_aws.server import LocalAws


def denying(bucket: str, condition: dict[str, Any]) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_bucket_that_demands_tls_is_open_to_who_has_the_right(local_aws: LocalAws) -> None:
    bucket = a_bucket(local_aws)
    policy = denying(bucket, {"Bool": {"aws:SecureTransport": "false"}})
    local_aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    s3 = as_role(local_aws, a_role(local_aws, allow("s3:PutObject")), "s3")

    s3.put_object(Bucket=bucket, Key="orders.csv", Body=b"id\n")

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key="orders.csv")


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"Bool": {"aws:SecureTransport": "true"}}, id="TLS itself"),
        pytest.param({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, id="loopback"),
        pytest.param({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, id="region"),
    ],
)
def test_a_bucket_that_refuses_what_is_so_refuses_it(
    local_aws: LocalAws, condition: dict[str, Any]
) -> None:
    bucket = a_bucket(local_aws)
    s3 = as_role(local_aws, a_role(local_aws, EVERYTHING), "s3")
    s3.put_object(Bucket=bucket, Key="orders.csv", Body=b"id\n")
    local_aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=denying(bucket, condition))

    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        s3.get_object(Bucket=bucket, Key="orders.csv")

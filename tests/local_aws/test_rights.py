"""A call without its right is refused, as AWS refuses it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from scripts.local_aws.environment import REGION
from tests.local_aws.roles import (
    a_bucket,
    a_role,
    a_table,
    allow,
    as_role,
)
from tests.local_aws.server import LocalAws

ONLY_BATCHES = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["batch"]}}


def key(partition: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": "1"}}


def test_s3_without_credentials_is_refused(local_aws: LocalAws) -> None:
    bucket = a_bucket(local_aws)
    nobody = boto3.client(
        "s3",
        endpoint_url=local_aws.url,
        region_name=REGION,
        config=Config(signature_version=UNSIGNED),
    )

    local_aws.client("s3").put_object(Bucket=bucket, Key="orders.csv", Body=b"id")

    for operation in (nobody.get_object, nobody.put_object, nobody.delete_object):
        with pytest.raises(ClientError, match="AccessDenied"):
            operation(Bucket=bucket, Key="orders.csv")


def test_who_may_not_list_is_not_told_that_a_key_is_missing(local_aws: LocalAws) -> None:
    bucket = a_bucket(local_aws)
    s3 = as_role(local_aws, a_role(local_aws, allow("s3:GetObject")), "s3")

    with pytest.raises(ClientError, match=r"AccessDenied.*s3:ListBucket"):
        s3.get_object(Bucket=bucket, Key="none.csv")


def test_a_wildcard_reaches_over_a_line_feed_in_a_key(local_aws: LocalAws) -> None:
    bucket = a_bucket(local_aws)
    landing = f"arn:aws:s3:::{bucket}/landing/*.csv"
    s3 = as_role(local_aws, a_role(local_aws, allow("s3:PutObject", on=landing)), "s3")

    s3.put_object(Bucket=bucket, Key="landing/a\nb.csv", Body=b"id")

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key="landing/a\nb.txt", Body=b"id")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_item", {"Key": key("lease")}),
        ("put_item", {"Item": key("lease")}),
        (
            "query",
            {
                "KeyConditionExpression": "#k = :k AND begins_with(sk, :s)",
                "ExpressionAttributeNames": {"#k": "pk"},
                "ExpressionAttributeValues": {":k": {"S": "lease"}, ":s": {"S": "x"}},
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_of_another_partition_key_are_out_of_reach(
    local_aws: LocalAws, operation: str, arguments: dict[str, Any]
) -> None:
    table = a_table(local_aws)
    role = a_role(local_aws, allow("dynamodb:*", when=ONLY_BATCHES))
    dynamodb = as_role(local_aws, role, "dynamodb")
    dynamodb.put_item(TableName=table, Item=key("batch"))

    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(dynamodb, operation)(TableName=table, **arguments)


def test_a_batch_with_one_row_out_of_reach_is_refused_whole(local_aws: LocalAws) -> None:
    table = a_table(local_aws)
    dynamodb = as_role(
        local_aws, a_role(local_aws, allow("dynamodb:*", when=ONLY_BATCHES)), "dynamodb"
    )
    within = {"RequestItems": {table: {"Keys": [key("batch")]}}}
    beyond = {"RequestItems": {table: {"Keys": [key("batch"), key("lease")]}}}
    dynamodb.batch_get_item(**within)

    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.batch_get_item(**beyond)


def test_a_transaction_names_the_right_that_is_missing(local_aws: LocalAws) -> None:
    table = a_table(local_aws)
    dynamodb = as_role(local_aws, a_role(local_aws, allow("dynamodb:PutItem")), "dynamodb")
    put = {"Put": {"TableName": table, "Item": key("batch")}}
    gone = {"Delete": {"TableName": table, "Key": key("lease")}}

    with pytest.raises(ClientError, match=f"dynamodb:DeleteItem on resource: .*{table}"):
        dynamodb.transact_write_items(TransactItems=[put, gone])

"""The record of calls: who asked for which right, as IAM names it, and what was decided."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.roles import (
    EVERYTHING,
    a_bucket,
    a_queue,
    a_role,
    a_table,
    allow,
    arn,
    as_role,
    asked,
    calls_of,
    named,
)
from tests.local_aws.server import LocalAws

ROW = {"pk": {"S": "batch"}, "sk": {"S": "b1"}}


@dataclass(frozen=True)
class World:
    """What the calls of the table below are made on."""

    bucket: str
    version: str
    table: str
    queue: str


@pytest.fixture(scope="module")
def world(local_aws: LocalAws) -> World:
    bucket = a_bucket(local_aws, versions=True)
    s3 = local_aws.client("s3")
    made = s3.put_object(Bucket=bucket, Key="a.csv", Body=b"1", Tagging="by=shop")
    s3.put_object(Bucket=bucket, Key="plain.csv", Body=b"1")
    table = a_table(local_aws)
    local_aws.client("dynamodb").put_item(TableName=table, Item=ROW)
    return World(bucket, made["VersionId"], table, a_queue(local_aws)[0])


Call = Callable[[Any, World], Any]
S3_CALLS: dict[str, tuple[Call, set[str]]] = {
    "get": (lambda s3, w: s3.get_object(Bucket=w.bucket, Key="a.csv"), {"s3:GetObject a.csv"}),
    "head": (lambda s3, w: s3.head_object(Bucket=w.bucket, Key="a.csv"), {"s3:GetObject a.csv"}),
    "get a version": (
        lambda s3, w: s3.get_object(Bucket=w.bucket, Key="a.csv", VersionId=w.version),
        {"s3:GetObjectVersion a.csv"},
    ),
    "head a version": (
        lambda s3, w: s3.head_object(Bucket=w.bucket, Key="a.csv", VersionId=w.version),
        {"s3:GetObjectVersion a.csv"},
    ),
    "a key that is missing": (
        lambda s3, w: s3.get_object(Bucket=w.bucket, Key="none.csv"),
        {"s3:GetObject none.csv", "s3:ListBucket"},
    ),
    "put if absent": (
        lambda s3, w: s3.put_object(Bucket=w.bucket, Key="new.csv", IfNoneMatch="*"),
        {"s3:PutObject new.csv"},
    ),
    "put if unchanged": (
        lambda s3, w: s3.put_object(Bucket=w.bucket, Key="plain.csv", IfMatch='"no"'),
        {"s3:PutObject plain.csv", "s3:GetObject plain.csv"},
    ),
    "put with tags": (
        lambda s3, w: s3.put_object(Bucket=w.bucket, Key="t.csv", Tagging="by=shop"),
        {"s3:PutObject t.csv", "s3:PutObjectTagging t.csv"},
    ),
    "copy": (
        lambda s3, w: s3.copy_object(
            Bucket=w.bucket, Key="c.csv", CopySource={"Bucket": w.bucket, "Key": "plain.csv"}
        ),
        {"s3:PutObject c.csv", "s3:GetObject plain.csv"},
    ),
    "copy a version that has tags": (
        lambda s3, w: s3.copy_object(
            Bucket=w.bucket,
            Key="c.csv",
            CopySource={"Bucket": w.bucket, "Key": "a.csv", "VersionId": w.version},
        ),
        {
            "s3:PutObject c.csv",
            "s3:PutObjectTagging c.csv",
            "s3:GetObjectVersion a.csv",
            "s3:GetObjectVersionTagging a.csv",
        },
    ),
    "start a multipart upload": (
        lambda s3, w: s3.create_multipart_upload(Bucket=w.bucket, Key="m.csv"),
        {"s3:PutObject m.csv"},
    ),
    "list": (lambda s3, w: s3.list_objects_v2(Bucket=w.bucket), {"s3:ListBucket"}),
    "list versions": (
        lambda s3, w: s3.list_object_versions(Bucket=w.bucket),
        {"s3:ListBucketVersions"},
    ),
    "delete a version": (
        lambda s3, w: s3.delete_object(Bucket=w.bucket, Key="gone.csv", VersionId="null"),
        {"s3:DeleteObjectVersion gone.csv"},
    ),
    "delete many": (
        lambda s3, w: s3.delete_objects(
            Bucket=w.bucket, Delete={"Objects": [{"Key": "x.csv"}, {"Key": "y.csv"}]}
        ),
        {"s3:DeleteObject x.csv", "s3:DeleteObject y.csv"},
    ),
}


@pytest.mark.parametrize("case", S3_CALLS)
def test_a_call_of_s3_needs_the_rights_of_the_reference(
    local_aws: LocalAws, world: World, case: str
) -> None:
    call, needed = S3_CALLS[case]
    role = a_role(local_aws, EVERYTHING)

    attempt(call, as_role(local_aws, role, "s3"), world)

    bucket = f"arn:aws:s3:::{world.bucket}"
    found = {f"{action} {resource}" for action, resource in asked(local_aws, role)}
    assert found == {
        f"{action} {bucket}" + (f"/{key}" if key else "")
        for action, _, key in (right.partition(" ") for right in needed)
    }


def attempt(call: Call, client: Any, world: World) -> None:
    """What matters is what was asked, not what S3 said of a missing key."""
    try:
        call(client, world)
    except ClientError as error:
        assert "AccessDenied" not in str(error)  # noqa: PT017


def test_a_transaction_is_the_actions_of_its_items(local_aws: LocalAws, world: World) -> None:
    role = a_role(local_aws, EVERYTHING)
    table = {"TableName": world.table}

    as_role(local_aws, role, "dynamodb").transact_write_items(
        TransactItems=[
            {"Put": {**table, "Item": {**ROW, "sk": {"S": "b2"}}}},
            {
                "ConditionCheck": {
                    **table,
                    "Key": ROW,
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
        ]
    )

    resource = arn("dynamodb", f"table/{world.table}")
    assert asked(local_aws, role) == [
        ("dynamodb:PutItem", resource),
        ("dynamodb:ConditionCheckItem", resource),
    ]


def test_a_query_of_an_index_is_asked_for_on_the_index(local_aws: LocalAws, world: World) -> None:
    role = a_role(local_aws, EVERYTHING)

    as_role(local_aws, role, "dynamodb").query(
        TableName=world.table,
        IndexName="by_batch",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "batch"}},
    )

    index = arn("dynamodb", f"table/{world.table}/index/by_batch")
    assert asked(local_aws, role) == [("dynamodb:Query", index)]


def test_a_table_of_glue_is_asked_for_on_its_whole_path(local_aws: LocalAws) -> None:
    role, database = a_role(local_aws, EVERYTHING), named("lake").replace("-", "_")
    local_aws.client("glue").create_database(DatabaseInput={"Name": database})

    as_role(local_aws, role, "glue").create_table(
        DatabaseName=database, TableInput={"Name": "orders"}
    )

    assert asked(local_aws, role) == [
        ("glue:CreateTable", arn("glue", resource))
        for resource in ("catalog", f"database/{database}", f"table/{database}/orders")
    ]


def test_a_batch_of_messages_is_sent_by_the_right_to_send(
    local_aws: LocalAws, world: World
) -> None:
    role = a_role(local_aws, EVERYTHING)

    as_role(local_aws, role, "sqs").send_message_batch(
        QueueUrl=world.queue, Entries=[{"Id": "1", "MessageBody": "x"}]
    )

    queue = arn("sqs", world.queue.rsplit("/", 1)[-1])
    assert asked(local_aws, role) == [("sqs:SendMessage", queue)]


def test_a_refusal_is_recorded_as_one(local_aws: LocalAws, world: World) -> None:
    role = a_role(local_aws, allow("s3:GetObject"))

    with pytest.raises(ClientError, match="AccessDenied"):
        as_role(local_aws, role, "s3").put_object(Bucket=world.bucket, Key="no.csv")

    (line,) = calls_of(local_aws, role)
    assert line | {"at": ""} == {
        "at": "",
        "principal": role.rsplit("/", 1)[-1],
        "action": "s3:PutObject",
        "resource": f"arn:aws:s3:::{world.bucket}/no.csv",
        "allowed": False,
        "via": "http",
    }


def test_the_administrator_is_recorded_as_root(local_aws: LocalAws) -> None:
    queue = a_queue(local_aws)[1]

    assert ("sqs:CreateQueue", queue) in asked(local_aws, "root")


def test_calls_at_the_same_time_are_whole_lines(local_aws: LocalAws, world: World) -> None:
    role = a_role(local_aws, EVERYTHING)
    dynamodb = as_role(local_aws, role, "dynamodb")

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: dynamodb.get_item(TableName=world.table, Key=ROW), range(100)))

    assert len(calls_of(local_aws, role)) == 100

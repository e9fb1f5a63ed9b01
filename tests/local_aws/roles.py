"""Roles for the tests of the local AWS, their clients, and the record of what they called."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.local_aws.environment import ACCOUNT, REGION
from tests.local_aws.server import LocalAws

Statement = Mapping[str, Any]
EVERYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def named(stem: str) -> str:
    """A name that no other test uses."""
    return f"{stem}-{uuid.uuid4().hex[:8]}"


def allow(
    *actions: str, on: str | Sequence[str] = "*", when: Mapping[str, Any] | None = None
) -> Statement:
    """A statement of a policy."""
    condition = {"Condition": when} if when else {}
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **condition}


def a_role(aws: LocalAws, *rights: Statement, service: str = "", stem: str = "role") -> str:
    """A role that the service, and whoever asks STS, may take; its ARN."""
    name = named(stem)
    trusted = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    if service:
        trusted["Service"] = service
    trust = [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]
    iam = aws.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    set_rights(aws, name, *rights)
    return str(made["Role"]["Arn"])


def set_rights(aws: LocalAws, role: str, *rights: Statement) -> None:
    """Replaces what a role may, by its name or ARN."""
    iam, name = aws.client("iam"), role.rsplit("/", 1)[-1]
    if rights:
        iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=_policy(rights))


def _policy(statements: Sequence[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def as_role(aws: LocalAws, role: str, service: str) -> Any:
    """A boto3 client with a session of the role."""
    sts = aws.client("sts")
    taken = sts.assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    session = aws.session(taken["AccessKeyId"], taken["SecretAccessKey"])
    # localstack-client keeps the token to itself unless the client is given it.
    return session.client(service, aws_session_token=taken["SessionToken"])


def calls_of(aws: LocalAws, role: str) -> list[dict[str, Any]]:
    """The lines of a role in the record, by its ARN; `root` for the administrator."""
    name = role.rsplit("/", 1)[-1]
    lines = (aws.folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["principal"] == name]


def asked(aws: LocalAws, role: str) -> list[tuple[str, str]]:
    """Action and resource of each line of a role."""
    return [(line["action"], line["resource"]) for line in calls_of(aws, role)]


def arn(service: str, resource: str) -> str:
    """An ARN in the account of the tests."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def a_bucket(aws: LocalAws, *, versions: bool = False) -> str:
    """A bucket of its own."""
    s3, name = aws.client("s3"), named("bucket")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versions:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def a_table(aws: LocalAws) -> str:
    """A table with keys `pk` and `sk`, and a local index by `batch_id`."""
    name = named("state")
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
    by = {"AttributeName": "batch_id", "KeyType": "RANGE"}
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[*schema, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk", "batch_id")
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by_batch",
                "KeySchema": [*schema, by],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


def a_queue(aws: LocalAws, *statements: Statement) -> tuple[str, str]:
    """A queue with a policy; its URL and ARN. Where a statement names no resource, it is this."""
    sqs, name = aws.client("sqs"), named("queue")
    own = arn("sqs", name)
    attributes = (
        {"Policy": _policy([{"Resource": own, **statement} for statement in statements])}
        if statements
        else {}
    )
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], own

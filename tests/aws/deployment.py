"""What Terraform makes, made on a loopback AWS, with what the files of Terraform say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import boto3

from scripts.check_asl import DEFINITION, EXAMPLE, rendered
from tests.batch.aws.world import ACCOUNT, MACHINE, TOPIC, make_state_table
from tests.publish.stage import CATEGORIES, KEYS, ORDERS, STATE
from tests.support.aws_server import REGION

TERRAFORM = Path(__file__).parents[2] / "terraform"
LANDING, LAKE = (f"orders-{purpose}-{ACCOUNT}-{REGION}" for purpose in ("landing", "lake"))
DATABASE, INBOX = "order_lake", "inbox"


def told(file: str, **values: str) -> dict[str, str]:
    """The variables that a file of Terraform gives to what it makes, in the default environment.

    Args:
        values: Of the expressions that only a deployment knows, dots written as `__`.
    """
    names = re.findall(
        r'^    (\w+) += (?:replace\()?"\$\{local\.prefix}([\w-]+)"', _text("names"), re.MULTILINE
    )
    known = {f"local.names.{name}": value for name, value in names}
    known |= {"local.bucket_names.landing": LANDING, "local.bucket_names.lake": LAKE}
    known |= {"local.landing_prefix": "landing/", "local.state_machine_arn": MACHINE}
    known |= {"aws_sns_topic.alerts.arn": TOPIC, "local.metrics": "OrderPipeline"}
    for path in TERRAFORM.glob("variables*.tf"):
        variables = path.read_text("utf-8").split('\nvariable "')[1:]
        for name, rest in (variable.split('"', 1) for variable in variables):
            default = re.search(r"^  default +=(.+)$", rest, re.MULTILINE)
            known[f"var.{name}"] = default[1].strip(' "') if default else ""
    known |= {name.replace("__", "."): value for name, value in values.items()}
    given = re.findall(r"^    ((?:ORDERS|POWERTOOLS)_\w+) += (\S+)$", _text(file), re.MULTILINE)
    return {name: known[expression] for name, expression in given}


def _text(file: str) -> str:
    return (TERRAFORM / f"{file}.tf").read_text("utf-8")


def state_machine() -> dict[str, Any]:
    """The state machine, its definition rendered."""
    values = EXAMPLE | {"topic_arn": TOPIC}
    return {
        "name": MACHINE.rpartition(":")[2],
        "definition": rendered(DEFINITION.read_text("utf-8"), values),
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/order-pipeline",
    }


def make_everything() -> None:
    """Makes buckets, tables, database, state machine, and a topic whose mails go to a queue."""
    s3, sns = boto3.client("s3"), boto3.client("sns")
    for bucket in (LANDING, LAKE):
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    database = {"Name": DATABASE, "LocationUri": f"s3://{LAKE}/warehouse"}
    boto3.client("glue").create_database(DatabaseInput=database)
    _make_tables()
    assert sns.create_topic(Name=TOPIC.rpartition(":")[2])["TopicArn"] == TOPIC
    boto3.client("sqs").create_queue(QueueName=INBOX)
    inbox = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{INBOX}"
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=inbox)
    made = boto3.client("stepfunctions").create_state_machine(**state_machine())
    assert made["stateMachineArn"] == MACHINE


def _make_tables() -> None:
    dynamodb = boto3.client("dynamodb")
    make_state_table(dynamodb, STATE)
    for name in (ORDERS, CATEGORIES):
        keys = dict(zip(KEYS[name], ("HASH", "RANGE"), strict=False))
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[{"AttributeName": k, "KeyType": kind} for k, kind in keys.items()],
        )

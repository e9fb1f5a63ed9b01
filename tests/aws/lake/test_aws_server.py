"""The AWS of the tests keeps what the lake and the batches lean on."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.aws_server import REGION, AwsServer


def test_an_object_that_exists_is_not_written_twice_when_it_must_be_the_only_one(aws: AwsServer):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="k", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="lake", Key="k", Body=b"2", IfNoneMatch="*")


def test_a_glue_table_that_somebody_else_updated_is_not_updated(aws: AwsServer):
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": "d"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t"})
    update = {"DatabaseName": "d", "TableInput": {"Name": "t", "Description": "new"}}
    glue.update_table(**update, VersionId="1")
    with pytest.raises(glue.exceptions.ConcurrentModificationException):
        glue.update_table(**update, VersionId="1")


def test_each_test_meets_an_empty_aws(aws: AwsServer):
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert boto3.client("glue").get_databases()["DatabaseList"] == []

"""A lake's tables in the Glue catalog: listed by boto3, created by pyiceberg, for both engines.

Sail's own CREATE TABLE asks Glue to make the Iceberg table, with other types than Spark's; here
both engines get the same metadata.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.session.warehouse import GlueWarehouse

if TYPE_CHECKING:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType
    from pyspark.sql.types import DataType, StructType

# Iceberg for Java would put a commit on top of one that it has not seen, without asking whether
# the lease is still ours: whoever planned the commit plans it again.
GLUE_PROPERTIES = {"commit.retry.num-retries": "0"}


class GlueTables:
    """The Iceberg tables of one Glue database."""

    def __init__(self, warehouse: GlueWarehouse) -> None:
        self._warehouse = warehouse

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("glue")

    def names(self) -> list[str]:
        """The Iceberg tables, sorted.

        Raises:
            ConfigurationError: The database does not exist.
        """
        pages = self._client.get_paginator("get_tables")
        try:
            answers = [*pages.paginate(DatabaseName=self._warehouse.database)]
        except self._client.exceptions.EntityNotFoundException as error:
            raise ConfigurationError(
                "there is no such Glue database",
                where=self._warehouse.database,
                cure="make it with terraform apply",
            ) from error
        tables = [table for answer in answers for table in answer["TableList"]]
        return sorted(table["Name"] for table in tables if _metadata_location(table))

    def state(self, name: str) -> str | None:
        """Where the table's current metadata is: another after each commit; None: no table."""
        try:
            answer = self._client.get_table(DatabaseName=self._warehouse.database, Name=name)
        except self._client.exceptions.EntityNotFoundException:
            return None
        return _metadata_location(answer["Table"])

    def create(
        self,
        name: str,
        columns: StructType,
        partitioned_by: Sequence[str],
        properties: Mapping[str, str],
    ) -> None:
        """Create a table; one that somebody else has created meanwhile is taken.

        Raises:
            ConfigurationError: What has this name is no Iceberg table.
        """
        from pyiceberg.catalog.glue import GlueCatalog
        from pyiceberg.exceptions import TableAlreadyExistsError

        schema = iceberg_schema(columns)
        catalog = GlueCatalog("glue", client=self._client, **_access_to_s3())
        try:
            catalog.create_table(
                (self._warehouse.database, name),
                schema,
                location=f"{self._warehouse.location}/{name}",
                partition_spec=identity_partitions(schema, partitioned_by),
                properties={**properties, **GLUE_PROPERTIES},
            )
        except TableAlreadyExistsError as error:
            if self.state(name) is None:
                raise ConfigurationError(
                    "what has this name in the Glue catalog is no Iceberg table",
                    where=f"{self._warehouse.database}.{name}",
                    cure="rename or drop it",
                ) from error


def _metadata_location(table: Mapping[str, Any]) -> str | None:
    location: str | None = table.get("Parameters", {}).get("metadata_location")
    return location


def _access_to_s3() -> dict[str, str]:
    """What pyiceberg's S3 client is told: the region, endpoint and credentials of boto3."""
    import boto3

    session = boto3.Session()
    found = {
        "s3.region": session.region_name,
        "s3.endpoint": os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
    }
    credentials = session.get_credentials()
    if credentials:
        frozen = credentials.get_frozen_credentials()
        found["s3.access-key-id"] = frozen.access_key
        found["s3.secret-access-key"] = frozen.secret_key
        found["s3.session-token"] = frozen.token
    return {key: value for key, value in found.items() if value}


def iceberg_schema(columns: StructType) -> Schema:
    """The schema that both engines give a table of these columns: all of them may be NULL."""
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField

    fields = [
        NestedField(number, column.name, iceberg_type(column.dataType, len(columns) + number))
        for number, column in enumerate(columns, start=1)
    ]
    return Schema(*fields)


def iceberg_type(kind: DataType, element_id: int) -> IcebergType:
    """The Iceberg type of a Spark type; `element_id` numbers the elements of an array.

    Raises:
        ConfigurationError: A type that no table of the lake has.
    """
    from pyiceberg import types as iceberg
    from pyspark.sql import types as T

    match kind:
        case T.DecimalType():
            return iceberg.DecimalType(kind.precision, kind.scale)
        case T.ArrayType():
            element = iceberg_type(kind.elementType, element_id)
            return iceberg.ListType(element_id, element, element_required=False)
    simple: dict[type[DataType], IcebergType] = {
        T.StringType: iceberg.StringType(),
        T.BooleanType: iceberg.BooleanType(),
        T.IntegerType: iceberg.IntegerType(),
        T.LongType: iceberg.LongType(),
        T.DoubleType: iceberg.DoubleType(),
        T.DateType: iceberg.DateType(),
        T.TimestampType: iceberg.TimestamptzType(),
    }
    if type(kind) not in simple:
        raise ConfigurationError(
            f"no table of the lake has the type {kind.simpleString()}",
            cure="add it to iceberg_type, and test it on both engines",
        )
    return simple[type(kind)]


def identity_partitions(schema: Schema, columns: Sequence[str]) -> PartitionSpec:
    """Partitions by the values of these columns."""
    from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
    from pyiceberg.transforms import IdentityTransform

    fields = [
        PartitionField(
            source_id=schema.find_field(column).field_id,
            field_id=PARTITION_FIELD_ID_START + number,
            transform=IdentityTransform(),
            name=column,
        )
        for number, column in enumerate(columns)
    ]
    return PartitionSpec(*fields)

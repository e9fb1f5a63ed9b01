"""Glue: a table's right is asked for on the catalog, the database and the table.

https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.local_aws.identity.needs.need import Need, Request

# Where an operation names its table, as a path of members; "*" for all tables of the database.
_TABLES = {
    "CreateTable": "TableInput.Name",
    "UpdateTable": "TableInput.Name",
    "GetTable": "Name",
    "DeleteTable": "Name",
    "GetTables": "*",
    "GetTableVersion": "TableName",
    "GetTableVersions": "TableName",
    "DeleteTableVersion": "TableName",
    "GetPartition": "TableName",
    "GetPartitions": "TableName",
    "CreatePartition": "TableName",
    "UpdatePartition": "TableName",
    "DeletePartition": "TableName",
    "BatchCreatePartition": "TableName",
    "BatchGetPartition": "TableName",
    "BatchDeletePartition": "TableName",
}
_DATABASES = {
    "GetDatabase": "Name",
    "UpdateDatabase": "Name",
    "DeleteDatabase": "Name",
    "CreateDatabase": "DatabaseInput.Name",
    "GetDatabases": "*",
}


def needs(request: Request) -> list[Need]:
    """The action on each resource of its path through the catalog."""
    operation, data = request.operation, request.data
    database = ""
    resources = ["catalog"]
    if operation in _TABLES or operation == "BatchDeleteTable":
        database = _member(data, "DatabaseName")
        tables = (
            data.get("TablesToDelete", [])
            if operation == "BatchDeleteTable"
            else [_member(data, _TABLES[operation])]
        )
        resources.append(f"database/{database}")
        resources += [f"table/{database}/{table}" for table in tables]
    elif operation in _DATABASES:
        resources.append(f"database/{_member(data, _DATABASES[operation])}")
    else:
        return [Need(request.action, request.resource)]
    return [Need(request.action, request.arn(resource)) for resource in resources]


def _member(data: Mapping[str, Any], path: str) -> str:
    if path == "*":
        return "*"
    value: Any = data
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return str(value)

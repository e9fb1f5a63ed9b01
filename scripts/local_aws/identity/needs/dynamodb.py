"""DynamoDB: which partition keys a call touches, and the actions within a transaction.

`dynamodb:LeadingKeys` holds the partition keys of every item that a call names; without it the
conditions of this system's policies (`ForAllValues`) would pass everything. A transaction is no
action: each item needs the right of its own operation.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ministack.services import dynamodb

from scripts.local_aws.identity.needs.need import Need, Request

_IN_TRANSACTIONS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
}
_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")
_Item = Mapping[str, Any]


def needs(request: Request) -> list[Need]:
    """One for each table of a batch, one for each item of a transaction, else one."""
    data = request.data
    if request.operation in ("TransactWriteItems", "TransactGetItems"):
        return [
            need
            for item in data.get("TransactItems", [])
            for need in _in_transaction(request, item)
        ] or [Need(request.action, request.resource)]
    if isinstance(data.get("RequestItems"), Mapping):
        return [
            _need(request, request.action, table, _batch_keys(table, wanted))
            for table, wanted in data["RequestItems"].items()
        ]
    table = data.get("TableName", "")
    keys = _keys(table, data)
    return [Need(request.action, request.resource, _leading(keys))]


def _in_transaction(request: Request, item: _Item) -> Iterable[Need]:
    for member, action in _IN_TRANSACTIONS.items():
        call = item.get(member)
        if isinstance(call, Mapping):
            table = call.get("TableName", "")
            need = _need(request, action, table, _keys(table, call))
            context = {**need.context, "dynamodb:EnclosingOperation": [request.operation]}
            yield Need(need.action, need.resource, context)


def _need(request: Request, action: str, table: str, keys: list[str]) -> Need:
    arn = table if table.startswith("arn:") else request.arn(f"table/{table}")
    return Need(action, arn, _leading(keys))


def _leading(keys: list[str]) -> dict[str, Any]:
    return {"dynamodb:LeadingKeys": keys} if keys else {}


def _batch_keys(table: str, wanted: Any) -> list[str]:
    calls = wanted.get("Keys", []) if isinstance(wanted, Mapping) else wanted
    writes = [
        {"Key": call.get("DeleteRequest", {}).get("Key")}
        if "DeleteRequest" in call
        else {"Item": call.get("PutRequest", {}).get("Item")}
        if "PutRequest" in call
        else {"Key": call}
        for call in calls
    ]
    return [key for write in writes for key in _keys(table, write)]


def _keys(table: str, call: _Item) -> list[str]:
    """The partition keys that a call names; none for a scan."""
    name = _partition_key(table, call.get("IndexName"))
    item = call.get("Key") or call.get("Item")
    if isinstance(item, Mapping):
        return _value(item.get(name))
    expression = call.get("KeyConditionExpression")
    if isinstance(expression, str):
        names = call.get("ExpressionAttributeNames") or {}
        values = call.get("ExpressionAttributeValues") or {}
        return [
            key
            for left, right in _EQUALS.findall(expression)
            if names.get(left, left) == name
            for key in _value(values.get(right))
        ]
    legacy = (call.get("KeyConditions") or {}).get(name) or {}
    return [key for value in legacy.get("AttributeValueList", []) for key in _value(value)]


def _value(typed: Any) -> list[str]:
    return [str(value) for value in typed.values()] if isinstance(typed, Mapping) else []


def _partition_key(table: str, index: str | None) -> str:
    stored = dynamodb._tables.get(table.rsplit("/", 1)[-1]) or {}
    schema = stored.get("KeySchema", [])
    for found in stored.get("GlobalSecondaryIndexes") or []:
        if found.get("IndexName") == index:
            schema = found.get("KeySchema", [])
    return next((key["AttributeName"] for key in schema if key.get("KeyType") == "HASH"), "")

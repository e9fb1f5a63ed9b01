"""The state table: single conditional writes and transactions, every read consistent.

One item a fact, under `pk` (its kind) and `sk`. Two local indexes, consistent as the table itself:
`by_waiting` holds what waits, in order, `by_batch` the files of a batch.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from spark_jobs.facts.errors import TransientError

Row = dict[str, Any]
MOST_IN_A_TRANSACTION = 100
_ATTEMPTS = 8
_REFUSED, _BUSY = "ConditionalCheckFailed", ("TransactionConflict", "ThrottlingError")
_to_item, _from_item = TypeSerializer().serialize, TypeDeserializer().deserialize


@dataclass(frozen=True)
class Key:
    """Where an item stands."""

    pk: str
    sk: str


@dataclass(frozen=True)
class Is:
    """Condition: the attribute has one of these values."""

    name: str
    values: tuple[Any, ...]

    def __init__(self, name: str, *values: Any) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class Absent:
    """Condition: there is no such attribute (of `pk`: no such item)."""

    name: str


Condition = Is | Absent


@dataclass(frozen=True)
class Put:
    """Write a whole item; `row` has `pk` and `sk`."""

    row: Row
    when: Sequence[Condition] = ()

    def request(self, table: str) -> tuple[str, dict[str, Any]]:
        """The operation's name in a transaction, and its arguments."""
        names = _Names()
        item = {name: _to_item(value) for name, value in self.row.items()}
        return "Put", {"TableName": table, "Item": item, **names.conditions(self.when)}


@dataclass(frozen=True)
class Update:
    """Change attributes of an item, which need not exist."""

    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: Sequence[str] = ()
    when: Sequence[Condition] = ()

    def request(self, table: str) -> tuple[str, dict[str, Any]]:
        """The operation's name in a transaction, and its arguments."""
        names = _Names()
        parts = {
            "SET": [f"{names.of(n)} = {names.value(v)}" for n, v in self.set.items()],
            "ADD": [f"{names.of(n)} {names.value(v)}" for n, v in self.add.items()],
            "REMOVE": [names.of(n) for n in self.remove],
        }
        expression = " ".join(f"{verb} {', '.join(some)}" for verb, some in parts.items() if some)
        arguments = {"TableName": table, "Key": item_key(self.key), "UpdateExpression": expression}
        return "Update", {**arguments, **names.conditions(self.when)}


@dataclass(frozen=True)
class Delete:
    """Remove an item; nothing where there is none."""

    key: Key
    when: Sequence[Condition] = ()

    def request(self, table: str) -> tuple[str, dict[str, Any]]:
        """The operation's name in a transaction, and its arguments."""
        arguments = {"TableName": table, "Key": item_key(self.key)}
        return "Delete", {**arguments, **_Names().conditions(self.when)}


@dataclass(frozen=True)
class Check:
    """Change nothing; the transaction fails where the conditions do not hold."""

    key: Key
    when: Sequence[Condition]

    def request(self, table: str) -> tuple[str, dict[str, Any]]:
        """The operation's name in a transaction, and its arguments."""
        arguments = {"TableName": table, "Key": item_key(self.key)}
        return "ConditionCheck", {**arguments, **_Names().conditions(self.when)}


Write = Put | Update | Delete | Check


class StateTable:
    """The state table of one environment.

    Args:
        client: `boto3.client("dynamodb")`.
    """

    def __init__(self, client: Any, name: str) -> None:
        self.client, self.name = client, name

    def get(self, key: Key) -> Row | None:
        """The item, or None."""
        found = self.client.get_item(
            TableName=self.name, Key=item_key(key), ConsistentRead=True
        ).get("Item")
        return _row(found) if found else None

    def get_all(self, keys: Sequence[Key]) -> list[Row]:
        """The items that exist among these, in any order."""
        found: list[Row] = []
        for start in range(0, len(keys), MOST_IN_A_TRANSACTION):
            wanted = [item_key(key) for key in keys[start : start + MOST_IN_A_TRANSACTION]]
            for attempt in range(_ATTEMPTS):
                answer = self.client.batch_get_item(
                    RequestItems={self.name: {"Keys": wanted, "ConsistentRead": True}}
                )
                found += [_row(item) for item in answer["Responses"].get(self.name, [])]
                wanted = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
                if not wanted:
                    break
                _pause(attempt)
            else:
                raise TransientError(f"{len(wanted)} items could not be read", where=self.name)
        return found

    def waiting(self, pk: str) -> Iterator[Row]:
        """The items of a kind that wait, in order."""
        return self._query(pk, "by_waiting", None)

    def of_batch(self, pk: str, batch_id: str) -> Iterator[Row]:
        """The items of a kind that belong to a batch."""
        return self._query(pk, "by_batch", batch_id)

    def all(self, pk: str) -> Iterator[Row]:
        """The items of a kind, in order of `sk`."""
        return self._query(pk, None, None)

    def _query(self, pk: str, index: str | None, batch_id: str | None) -> Iterator[Row]:
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if batch_id is not None:
            condition, values = f"{condition} AND batch_id = :b", {**values, ":b": {"S": batch_id}}
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            **({"IndexName": index} if index else {}),
        )
        return (_row(item) for page in pages for item in page["Items"])

    def write(self, write: Put | Update | Delete) -> Row | None:
        """One write; the item as it is now (empty for a put), None where a condition refused."""
        verb, arguments = write.request(self.name)
        operation = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[verb]
        wanted = {"ReturnValues": "ALL_NEW"} if verb == "Update" else {}
        try:
            answer = getattr(self.client, operation)(**arguments, **wanted)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return _row(answer.get("Attributes", {}))

    def transact(self, *writes: Write) -> tuple[int, ...]:
        """All writes or none.

        Returns:
            The positions of the writes whose conditions refused; empty: all are done.

        Raises:
            TransientError: The items stayed contended.
        """
        items = [dict([write.request(self.name)]) for write in writes]
        for attempt in range(_ATTEMPTS):
            try:
                self.client.transact_write_items(TransactItems=items)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                codes = [why.get("Code") for why in error.response.get("CancellationReasons", [])]
                refused = tuple(i for i, code in enumerate(codes) if code == _REFUSED)
                if refused:
                    return refused
                if not any(code in _BUSY for code in codes):
                    raise
                _pause(attempt)
            else:
                return ()
        raise TransientError("the items stayed contended", where=self.name, cure="try again")


class _Names:
    """Placeholders, so that no attribute's name meets a reserved word."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def of(self, name: str) -> str:
        self._names[f"#{name}"] = name
        return f"#{name}"

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = _to_item(value)
        return placeholder

    def conditions(self, when: Sequence[Condition]) -> dict[str, Any]:
        """The condition, and all placeholders met so far."""
        said = [self._condition(one) for one in when]
        arguments = {
            "ConditionExpression": " AND ".join(said),
            "ExpressionAttributeNames": self._names,
            "ExpressionAttributeValues": self._values,
        }
        return {name: value for name, value in arguments.items() if value}

    def _condition(self, one: Condition) -> str:
        if isinstance(one, Absent):
            return f"attribute_not_exists({self.of(one.name)})"
        return f"{self.of(one.name)} IN ({', '.join(self.value(v) for v in one.values)})"


def item_key(key: Key) -> dict[str, Any]:
    """The key as DynamoDB takes it."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _row(item: Mapping[str, Any]) -> Row:
    return {name: _plain(_from_item(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return int(value) if whole else value


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, min(2.0, 0.05 * 2**attempt)))  # noqa: S311 (jitter)

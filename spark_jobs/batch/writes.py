"""Writes to the state table and their conditions, as values; `request` is DynamoDB's spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeSerializer

Row = dict[str, Any]
_to_item = TypeSerializer().serialize


@dataclass(frozen=True)
class Key:
    """Where an item stands."""

    pk: str
    sk: str


def key_of(row: Row) -> Key:
    """Where a row stands."""
    return Key(row["pk"], row["sk"])


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

"""The state table: single conditional writes and transactions, every read consistent.

One item a fact, under `pk` (its kind) and `sk`. Two local indexes, consistent as the table itself:
`by_waiting` holds what waits, in order, `by_batch` the files of a batch. With local indexes, the
items of one kind may take 10 GB: ten million files within the time that their rows are kept.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from spark_jobs.batch.writes import (
    Absent,
    Check,
    Condition,
    Delete,
    Is,
    Key,
    Put,
    Row,
    Update,
    Write,
    item_key,
    key_of,
)
from spark_jobs.facts.errors import TransientError

__all__ = [
    "Absent",
    "Check",
    "Condition",
    "Delete",
    "Is",
    "Key",
    "Put",
    "Row",
    "StateTable",
    "Update",
    "Write",
    "item_key",
    "key_of",
]
MOST_IN_A_TRANSACTION = 100
_ATTEMPTS = 8
_REFUSED = "ConditionalCheckFailed"
_BUSY = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
_OPERATIONS = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}
_from_item = TypeDeserializer().deserialize


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
        return self._query(pk, IndexName="by_waiting")

    def of_batch(self, pk: str, batch_id: str) -> Iterator[Row]:
        """The items of a kind that belong to a batch."""
        return self._query(pk, {"batch_id": batch_id}, IndexName="by_batch")

    def all(self, pk: str) -> Iterator[Row]:
        """The items of a kind, in order of `sk`."""
        return self._query(pk)

    def newest(self, pk: str) -> Iterator[Row]:
        """The items of a kind, the greatest `sk` first; read in small pages, as far as asked."""
        return self._query(pk, ScanIndexForward=False, Limit=25)

    def _query(
        self, pk: str, more: Mapping[str, str] | None = None, **arguments: Any
    ) -> Iterator[Row]:
        equal = {"pk": pk, **(more or {})}
        query = {
            "TableName": self.name,
            "KeyConditionExpression": " AND ".join(f"{name} = :{name}" for name in equal),
            "ExpressionAttributeValues": {f":{name}": {"S": v} for name, v in equal.items()},
            "ConsistentRead": True,
            **arguments,
        }
        while True:
            page = self.client.query(**query)
            yield from (_row(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def write(self, write: Put | Update | Delete) -> Row | None:
        """One write; the item as it is now (empty for a put), None where a condition refused.

        Raises:
            TransientError: The item stayed contended.
        """
        verb, arguments = write.request(self.name)
        wanted = {"ReturnValues": "ALL_NEW"} if verb == "Update" else {}
        send = getattr(self.client, _OPERATIONS[verb])
        answer = self._patiently(lambda: send(**arguments, **wanted))
        return None if answer is None else _row(answer.get("Attributes", {}))

    def transact(self, *writes: Write) -> tuple[int, ...]:
        """All writes or none.

        Returns:
            The positions of the writes whose conditions refused; empty: all are done.

        Raises:
            TransientError: The items stayed contended.
        """
        items = [dict([write.request(self.name)]) for write in writes]
        answer = self._patiently(lambda: self.client.transact_write_items(TransactItems=items))
        return tuple(answer["refused"]) if "refused" in answer else ()

    def _patiently(self, send: Callable[[], Any]) -> Any:
        """The answer, after the items have been free of other transactions.

        A condition that refused is an answer: None, in a transaction the positions, as `refused`.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return send()
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ConditionalCheckFailedException":
                    return None
                reasons = [why.get("Code") for why in error.response.get("CancellationReasons", [])]
                refused = [i for i, reason in enumerate(reasons) if reason == _REFUSED]
                if refused:
                    return {"refused": refused}
                if code != "TransactionConflictException" and not set(_BUSY) & set(reasons):
                    raise
            _pause(attempt)
        raise TransientError("the items stayed contended", where=self.name, cure="try again")


def _row(item: Mapping[str, Any]) -> Row:
    return {name: _plain(_from_item(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return int(value) if whole else value


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, min(2.0, 0.05 * 2**attempt)))  # noqa: S311 (jitter)

"""Writes to DynamoDB that only the holder of the fence can make, all of a transaction or none."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

from spark_jobs.facts.errors import FatalError, FencedOutError, TransientError
from spark_jobs.publish.items import TransactItem

MOST_ITEMS = 99
"""DynamoDB takes 100, one of which checks the fence. A KPI item has at most 3 KB (its key 2 KB), so
that neither the 400 KB of an item nor the 4 MB of a transaction can be met."""

ATTEMPTS = 12
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 20.0

_REFUSED = "ConditionalCheckFailed"
_PASSING = frozenset(
    {
        # reasons of a cancelled transaction
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        # errors of the call itself
        "TransactionInProgressException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    }
)


def packed(changes: Iterable[tuple[Hashable, TransactItem]]) -> Iterator[list[TransactItem]]:
    """The changes in transactions of at most MOST_ITEMS; a day in one, unless it has more.

    Whoever reads a day by a transaction meets its KPIs together, the old ones or the new ones.

    Args:
        changes: (day, change), the changes of a day one after the other.
    """
    batch: list[TransactItem] = []
    for _, day in groupby(changes, key=itemgetter(0)):
        of_day = [change for _, change in day]
        if batch and len(batch) + len(of_day) > MOST_ITEMS:
            yield batch
            batch = []
        batch += of_day
        while len(batch) > MOST_ITEMS:
            yield batch[:MOST_ITEMS]
            batch = batch[MOST_ITEMS:]
    if batch:
        yield batch


@dataclass(frozen=True)
class FencedWriter:
    """Writes transactions for one execution, one after the other.

    Not in parallel: each checks the same row, and DynamoDB cancels one of two transactions that
    meet at an item at the same time.

    Args:
        client: `boto3.client("dynamodb")`.
        condition: The entry of `TransactItems` that fails where the fence is another's.
        execution: Whose fence it is, for the error.
        pause: Waits for seconds.
    """

    client: Any
    condition: TransactItem
    execution: str
    pause: Callable[[float], None] = time.sleep

    def write(self, items: list[TransactItem]) -> None:
        """All items or none; repeated while DynamoDB is busy.

        Raises:
            FencedOutError: A later attempt has drawn a fence; nothing was written.
            TransientError: DynamoDB stayed busy; what was written before stays, and repeating it
                is harmless.
            FatalError: DynamoDB refuses the items.
        """
        # The same token for each attempt: one whose answer was lost is not made twice.
        token = str(uuid.uuid4())
        wanted = [self.condition, *items]
        for attempt in range(ATTEMPTS):
            try:
                self.client.transact_write_items(TransactItems=wanted, ClientRequestToken=token)
            except ClientError as error:
                busy: Exception = self._busy(error)
            except HTTPClientError as error:
                busy = error
            else:
                return
            longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
            self.pause(random.uniform(0, longest))  # noqa: S311 (jitter)
        raise TransientError(
            f"DynamoDB was busy {ATTEMPTS} times in a row ({busy})",
            cure="the days stay open in the outbox: the next attempt publishes them",
        ) from busy

    def _busy(self, error: ClientError) -> ClientError:
        """The error, where repeating may help; raises what it means where it cannot."""
        reasons = [why.get("Code", "None") for why in error.response.get("CancellationReasons", [])]
        if reasons and reasons[0] == _REFUSED:
            raise FencedOutError(self.execution) from error
        told = {code for code in reasons if code != "None"} or {error.response["Error"]["Code"]}
        if told <= _PASSING:
            return error
        raise FatalError(
            f"DynamoDB refused a transaction: {error}",
            cure="see the code: permissions and tables are Terraform's, values the lake's",
        ) from error

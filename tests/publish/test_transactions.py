"""Transactions as DynamoDB may answer them: busy, cancelled, lost, refused."""

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.batch.lease import fence_condition
from spark_jobs.facts.errors import FatalError, FencedOutError, TransientError
from spark_jobs.publish.transactions import ATTEMPTS, MOST_ITEMS, FencedWriter, packed
from tests.publish.stage import (
    BUSY,
    CATEGORIES,
    MINE,
    ORDERS,
    STATE,
    answer,
    cancelled,
    hold_lease,
    items,
    keys,
    refused,
)

FENCE = fence_condition(STATE, MINE, 1)


def a_put(day: str = "2025-03-08") -> dict[str, Any]:
    return {"Put": {"TableName": ORDERS, "Item": {"order_date": {"S": day}}}}


def a_writer(client: Any, pauses: list[float] | None = None) -> FencedWriter:
    return FencedWriter(client, FENCE, MINE, (pauses if pauses is not None else []).append)


@given(st.lists(st.integers(min_value=1, max_value=250), max_size=8))
def test_transactions_keep_order_and_days_together(sizes: list[int]) -> None:
    days = enumerate(sizes)
    changes = [(day, {"Put": {"at": (day, n)}}) for day, size in days for n in range(size)]
    batches = list(packed(changes))
    assert [change for batch in batches for change in batch] == [change for _, change in changes]
    assert all(0 < len(batch) <= MOST_ITEMS for batch in batches)
    for day, size in enumerate(sizes):
        held = [batch for batch in batches if any(one["Put"]["at"][0] == day for one in batch)]
        if size <= MOST_ITEMS:
            assert len(held) == 1


def test_small_days_share_a_transaction() -> None:
    changes = [(day, a_put(str(day))) for day in range(1000)]
    assert [len(batch) for batch in packed(changes)] == [99] * 10 + [10]


@pytest.mark.parametrize("code", BUSY)
def test_a_transaction_cancelled_because_dynamodb_is_busy_is_made_again(
    client: Any, code: str
) -> None:
    made = answer(client, cancelled(code, "None"), cancelled("None", code))
    a_writer(client).write([a_put()])
    assert keys(client, ORDERS) == ["2025-03-08"]
    assert len(made) == 3


@pytest.mark.parametrize("code", ["TransactionInProgressException", "RequestLimitExceeded"])
def test_a_call_that_dynamodb_is_too_busy_for_is_made_again(moto: Any, code: str) -> None:
    answer(moto, refused(code))
    a_writer(moto).write([a_put()])
    assert keys(moto, ORDERS) == ["2025-03-08"]


def test_each_attempt_has_the_same_token_and_each_transaction_its_own(moto: Any) -> None:
    made = answer(moto, cancelled("ThrottlingError", "None"))
    writer = a_writer(moto)
    writer.write([a_put()])
    writer.write([a_put()])
    first, again, second = (request_token(request) for request in made)
    assert first == again != second


def request_token(request: dict[str, Any]) -> str:
    token: str = json.loads(request["body"])["ClientRequestToken"]
    return token


def test_a_transaction_whose_answer_was_lost_is_made_once(local: Any) -> None:
    """The second attempt meets a fence that is not ours any more, and is told that all is done."""
    lost: list[Exception] = [ReadTimeoutError(endpoint_url="loopback")]

    def lose(**_: Any) -> None:
        if lost:
            hold_lease(local, fence=2)
            raise lost.pop()

    local.meta.events.register("after-call.dynamodb.TransactWriteItems", lose)
    a_writer(local).write([a_put()])
    assert keys(local, ORDERS) == ["2025-03-08"]
    with pytest.raises(FencedOutError):
        a_writer(local).write([a_put()])


def test_pauses_grow_with_full_jitter_and_the_last_error_is_told(moto: Any) -> None:
    pauses: list[float] = []
    answer(moto, *[cancelled("ThrottlingError", "None")] * ATTEMPTS)
    with pytest.raises(TransientError, match=r"busy 12 times in a row .*Transaction"):
        a_writer(moto, pauses).write([a_put()])
    longest = [min(20.0, 0.1 * 2**attempt) for attempt in range(ATTEMPTS)]
    assert len(pauses) == ATTEMPTS
    assert all(0 <= pause <= most for pause, most in zip(pauses, longest, strict=True))
    assert max(pauses) > 0.1
    assert keys(moto, ORDERS) == []


def test_a_fence_lost_while_dynamodb_is_busy_ends_it_at_once(client: Any) -> None:
    hold_lease(client, fence=2)
    made = answer(client, cancelled("None", "TransactionConflict"))
    with pytest.raises(FencedOutError):
        a_writer(client).write([a_put()])
    assert len(made) == 2


def test_a_lost_fence_counts_more_than_a_conflict_beside_it(moto: Any) -> None:
    answer(moto, cancelled("ConditionalCheckFailed", "TransactionConflict"))
    with pytest.raises(FencedOutError):
        a_writer(moto).write([a_put()])


@pytest.mark.parametrize(
    "told",
    [
        refused("AccessDeniedException"),
        refused("ResourceNotFoundException"),
        cancelled("None", "ValidationError"),
        cancelled("None", "ItemCollectionSizeLimitExceeded"),
        cancelled("TransactionConflict", "ValidationError"),
    ],
    ids=["rights", "table", "value", "size", "value and conflict"],
)
def test_what_no_repetition_mends_is_fatal_at_once(moto: Any, told: dict[str, Any]) -> None:
    made = answer(moto, told)
    with pytest.raises(FatalError, match="DynamoDB refused a transaction"):
        a_writer(moto).write([a_put()])
    assert len(made) == 1


def test_one_refused_item_leaves_nothing_of_its_transaction(client: Any) -> None:
    keyless = {"Put": {"TableName": CATEGORIES, "Item": {"category": {"S": "Beauty"}}}}
    with pytest.raises(FatalError):
        a_writer(client).write([a_put(), keyless])
    assert keys(client, ORDERS) == []


def test_a_zombie_in_the_middle_of_writing_does_not_write_after_its_successor(local: Any) -> None:
    written, fenced_out = threading.Event(), threading.Event()

    def write_on_and_on() -> None:
        try:
            for _ in range(2000):
                a_writer(local).write([a_put()])
                written.set()
        except FencedOutError:
            fenced_out.set()

    zombie = threading.Thread(target=write_on_and_on)
    zombie.start()
    assert written.wait(30)
    hold_lease(local, fence=2)
    later = a_put()
    later["Put"]["Item"]["version"] = {"N": "2"}
    FencedWriter(local, fence_condition(STATE, MINE, 2), MINE).write([later])
    zombie.join()
    assert fenced_out.is_set()
    assert [item["version"] for item in items(local, ORDERS)] == [2]

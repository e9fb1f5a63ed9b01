"""What is in the tables of DynamoDB after publishing: these items, with these attributes."""

from decimal import Decimal
from typing import Any

import pytest

from spark_jobs.facts.errors import FatalError
from tests.publish.stage import (
    CATEGORIES,
    MARCH_8,
    MARCH_9,
    ORDERS,
    Press,
    a_category,
    a_day,
    answer,
    items,
    keys,
    kpi_tables,
)


def test_a_day_has_exactly_the_promised_attributes(press: Press) -> None:
    press.publish(a_day())
    assert items(press.client, ORDERS) == [
        {
            "order_date": "2025-03-08",
            "total_orders": Decimal(2),
            "cancelled_orders": Decimal(0),
            "total_revenue": Decimal(237),
            "net_revenue": Decimal(237),
            "avg_order_value": Decimal("118.5"),
            "total_items_sold": Decimal(3),
            "return_rate": Decimal("0.5"),
            "unique_customers": Decimal(2),
            "batch_id": "b1",
            "version": Decimal(1),
            "updated_at": "2025-06-01T12:30:00.250000Z",
        }
    ]


def test_a_category_has_exactly_the_promised_attributes(press: Press) -> None:
    press.publish(a_day(), a_category())
    assert items(press.client, CATEGORIES) == [
        {
            "category": "Beauty",
            "order_date": "2025-03-08",
            "daily_revenue": Decimal(237),
            "net_revenue": Decimal(237),
            "avg_order_value": Decimal("118.5"),
            "avg_return_rate": Decimal("0.5"),
            "batch_id": "b1",
            "version": Decimal(1),
            "updated_at": "2025-06-01T12:30:00.250000Z",
        }
    ]


@pytest.mark.parametrize(
    "money",
    [
        "0.00",
        "0.10",
        "-0.01",
        "2153497.97",
        "9999999999999.99",
        "123456789012345678901234567890123456.78",
    ],
)
def test_a_number_is_the_decimal_to_the_last_digit(press: Press, money: str) -> None:
    press.publish(a_day(total_revenue=Decimal(money)))
    [day] = items(press.client, ORDERS)
    assert day["total_revenue"] == Decimal(money)


def test_days_that_are_not_open_are_left_alone(press: Press) -> None:
    rows = [a_day(), a_category(), a_day(MARCH_9), a_category(day=MARCH_9)]
    press.publish(*rows, published=(("Beauty", MARCH_8),))
    assert keys(press.client, ORDERS) == ["2025-03-08"]
    assert keys(press.client, CATEGORIES) == ["Beauty/2025-03-08"]


def test_a_category_that_vanished_is_deleted_and_others_stay(press: Press) -> None:
    days = (MARCH_8, MARCH_9)
    toys = [a_category("Toys"), a_category("Toys", MARCH_9)]
    press.publish(a_day(), a_day(MARCH_9), a_category(), *toys, days=days)
    press.publish(a_day(), a_category(), published=(("Beauty", MARCH_8), ("Toys", MARCH_8)))
    assert keys(press.client, CATEGORIES) == ["Beauty/2025-03-08", "Toys/2025-03-09"]
    assert keys(press.client, ORDERS) == ["2025-03-08", "2025-03-09"]


def test_a_day_without_any_order_is_deleted(press: Press) -> None:
    press.publish(a_day(), a_category(), a_day(MARCH_9), days=(MARCH_8, MARCH_9))
    press.publish(published=(("Beauty", MARCH_8),))
    assert keys(press.client, ORDERS) == ["2025-03-09"]
    assert keys(press.client, CATEGORIES) == []


def test_what_is_gone_already_can_be_deleted_again(press: Press) -> None:
    for _ in range(2):
        press.publish(published=(("Beauty", MARCH_8),))
    assert kpi_tables(press.client) == [[], []]


def test_publishing_again_changes_nothing(press: Press) -> None:
    rows = [a_day(), a_category(), a_category("Toys")]
    press.publish(*rows)
    first = kpi_tables(press.client)
    press.publish(*rows, published=(("Beauty", MARCH_8), ("Toys", MARCH_8)))
    assert kpi_tables(press.client) == first


def test_an_item_carries_the_stamp_of_its_row_and_not_that_of_the_publication(
    press: Press,
) -> None:
    press.publish(a_day(), a_category(batch_id="b0", version=-7))
    [category] = items(press.client, CATEGORIES)
    assert (category["batch_id"], category["version"]) == ("b0", Decimal(-7))


def test_a_day_of_more_than_99_items_arrives_whole(press: Press) -> None:
    made = answer(press.client)
    names = [f"Category {number:03}" for number in range(150)]
    press.publish(a_day(), *(a_category(name) for name in names))
    assert keys(press.client, CATEGORIES) == [f"{name}/2025-03-08" for name in names]
    press.publish(published=tuple((name, MARCH_8) for name in names))
    assert kpi_tables(press.client) == [[], []]
    assert len(made) == 4


def test_a_publication_without_days_makes_no_call(press: Press) -> None:
    made = answer(press.client)
    press.publish(a_day(), days=())
    assert made == []


@pytest.mark.parametrize(
    "category",
    ['Men\'s "Outerwear" & Coats', "naïve 日本語 🧸", "a'; DROP TABLE x --", "c" * 2048],
    ids=["quotes", "unicode", "sql", "longest"],
)
def test_a_category_may_have_any_text(press: Press, category: str) -> None:
    press.publish(a_day(), a_category(category))
    assert keys(press.client, CATEGORIES) == [f"{category}/2025-03-08"]
    press.publish(a_day(), published=((category, MARCH_8),))
    assert keys(press.client, CATEGORIES) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (a_category("ä" * 1025), "2050 bytes, DynamoDB's keys 1 to 2048; correct the product"),
        (a_category(net_revenue=None), "net_revenue of 2025-03-08 is None, not a decimal"),
    ],
    ids=["key too long", "null"],
)
def test_what_dynamodb_cannot_hold_is_told_and_nothing_is_written(
    press: Press, row: dict[str, Any], told: str
) -> None:
    with pytest.raises(FatalError, match=told):
        press.publish(a_day(), row)
    assert kpi_tables(press.client) == [[], []]

"""What a batch changed, as a document and back."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from spark_jobs.publish.changes import (
    CategoryChange,
    DayChange,
    KpiChanges,
    changes_document,
    changes_of,
    together,
)

NEW = {"total_orders": 3, "total_revenue": Decimal("12345678901234567890123.10")}
CHANGES = KpiChanges(
    (
        DayChange(date(2026, 3, 8), None, NEW),
        DayChange(date(2026, 3, 9), NEW, None),
        DayChange(date(2026, 3, 10), NEW, NEW | {"total_revenue": Decimal("0E-2")}),
    ),
    (CategoryChange("Größe, “M”", 2, Decimal("0.10"), Decimal("0.30")),),
)


def test_the_document_gives_back_every_digit() -> None:
    document = json.loads(json.dumps(changes_document("b1", CHANGES)))
    assert changes_of(document) == CHANGES
    assert document["batch_id"] == "b1"
    assert document["days"][0]["after"] == {
        "total_orders": 3,
        "total_revenue": "12345678901234567890123.10",
    }
    assert document["days"][2]["after"]["total_revenue"] == "0.00"


def test_no_changes_are_no_changes() -> None:
    assert changes_of(changes_document("b1", KpiChanges())) == KpiChanges()


def test_attempts_of_a_batch_tell_what_they_changed_together() -> None:
    first, second, third = (date(2026, 3, day) for day in (8, 9, 10))
    other = NEW | {"total_orders": 4}
    dead = KpiChanges(
        (DayChange(first, None, NEW), DayChange(second, None, NEW)),
        (
            CategoryChange("Bags", 2, Decimal(0), Decimal(3)),
            CategoryChange("Hats", 3, Decimal(300), Decimal(50)),
        ),
    )
    now = KpiChanges(
        (DayChange(second, NEW, other), DayChange(third, NEW, None)),
        (
            CategoryChange("Art", 1, Decimal(1), Decimal(2)),
            CategoryChange("Bags", 2, Decimal(3), Decimal(5)),
            CategoryChange("Hats", 1, Decimal(100), Decimal(0)),
        ),
    )
    assert together(dead, now) == KpiChanges(
        (
            DayChange(first, None, NEW),
            DayChange(second, None, other),
            DayChange(third, NEW, None),
        ),
        (
            CategoryChange("Art", 1, Decimal(1), Decimal(2)),
            CategoryChange("Bags", 2, Decimal(0), Decimal(5)),
            CategoryChange("Hats", 3, Decimal(300), Decimal(50)),
        ),
    )
    assert together(dead, KpiChanges()) == dead
    assert together(KpiChanges(), now) == now


def test_a_document_of_another_version_tells_nothing() -> None:
    assert changes_of(changes_document("b1", CHANGES) | {"schema_version": 2}) is None


def test_a_difference_is_exact() -> None:
    assert CHANGES.categories[0].difference == Decimal("0.20")

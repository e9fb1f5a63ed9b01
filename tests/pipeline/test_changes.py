"""What a run keeps of the KPI changes beside its verdict."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from spark_jobs.pipeline import run_batch, transform_folder, validate_folder
from spark_jobs.publish.changes import KpiChanges, changes_of
from spark_jobs.session import Engine
from spark_jobs.storage.folder import read_json
from tests.builders import a_product, a_shop_file, an_item, an_order
from tests.pipeline.shop import a_landing, received


def test_the_changes_of_each_batch_lie_beside_its_verdict_and_add_up(
    engine: Engine, tmp_path: Path
) -> None:
    landing, lake = tmp_path / "landing", tmp_path / "lake"
    a_shop_file(landing / "orders/1.csv", [an_order("1"), an_order("2")])
    items = [an_item("1", "1", price="10.10"), an_item("2", "2", price="0.05")]
    a_shop_file(landing / "order_items/1.csv", items)
    first = run_batch(engine, landing, lake)
    a_shop_file(landing / "products/1.csv", [a_product()])
    second = run_batch(engine, landing, lake)

    kept = [
        changes_of(read_json(lake / "verdicts" / str(run.batch_id) / "changes.json"))
        for run in (first, second)
    ]
    for report, changes in zip((first, second), kept, strict=True):
        assert report.transform
        assert changes
        assert changes.days == report.transform.changes
        assert changes.categories == report.transform.categories
    before, after = kept
    assert before
    assert after
    told = [(c.category, c.days, c.revenue_before, c.revenue_after) for c in before.categories]
    assert told == [("unknown", 1, Decimal("0.00"), Decimal("10.15"))]
    moved = {c.category: c.difference for c in after.categories}
    assert moved.pop("unknown") == Decimal("-10.15")
    assert list(moved.values()) == [Decimal("10.15")]
    (day,) = after.days
    assert day.before == day.after


def kept(lake: Path, batch_id: str) -> KpiChanges | None:
    """What a lake keeps of a batch's changes."""
    return changes_of(read_json(lake / "verdicts" / batch_id / "changes.json"))


def test_changes_belong_to_lake_and_batch_and_outlive_a_repetition(
    sail_engine: Engine, tmp_path: Path
) -> None:
    staged, one, other = tmp_path / "staged", tmp_path / "one", tmp_path / "other"
    batch = validate_folder(sail_engine, a_landing(tmp_path / "in"), staged, options=received())
    a_shop_file(tmp_path / "before" / "orders" / "z.csv", [an_order("7")])
    run_batch(sail_engine, tmp_path / "before", other, options=received())

    first = transform_folder(sail_engine, staged, one)
    elsewhere = transform_folder(sail_engine, staged, other)
    assert [day.before for day in first.changes] == [None]
    assert [day.before and day.before["total_orders"] for day in elsewhere.changes] == [1]

    again = transform_folder(sail_engine, staged, one)
    assert (again.changes, again.categories) == ((), ())
    assert kept(one, batch.batch_id) == KpiChanges(first.changes, first.categories)
    assert kept(other, batch.batch_id) == KpiChanges(elsewhere.changes, elsewhere.categories)

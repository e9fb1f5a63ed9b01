"""The second batch brings what a shop brings later."""

from collections.abc import Callable
from pathlib import Path

from spark_jobs.generate import GenerateOptions, Plan, generate

Records = Callable[[Path, str], list[dict[str, str]]]
Shop = tuple[Path, Plan]


def by_key(rows: list[dict[str, str]], key: str) -> dict[str, dict[str, str]]:
    """Each record under its key."""
    return {row[key]: row for row in rows}


def test_every_order_comes_in_one_batch_or_in_both(updated: Shop, records: Records) -> None:
    out, _ = updated
    first = by_key(records(out, "batch1/orders"), "order_id")
    second = by_key(records(out, "batch2/orders"), "order_id")
    assert len(first.keys() | second.keys()) == 4_000
    assert 150 < len(second.keys() - first.keys()) < 250
    assert 130 < len(second.keys() & first.keys()) < 270


def test_orders_sent_again_were_returned_moved_or_are_the_same(
    updated: Shop, records: Records
) -> None:
    out, _ = updated
    first = by_key(records(out, "batch1/orders"), "order_id")
    again = [row for row in records(out, "batch2/orders") if row["order_id"] in first]
    before = [first[row["order_id"]] for row in again]
    pairs = list(zip(before, again, strict=True))
    assert sum(b["status"] == "Complete" and a["status"] == "Returned" for b, a in pairs) > 10
    assert sum(b["created_at"][:10] != a["created_at"][:10] for b, a in pairs) > 5
    assert sum(b == a for b, a in pairs) > 10
    assert all(a["status"] != "Processing" or b["status"] == "Processing" for b, a in pairs)


def test_some_items_come_before_their_order(updated: Shop, records: Records) -> None:
    out, _ = updated
    known = {row["order_id"] for row in records(out, "batch1/orders")}
    orphans = {row["order_id"] for row in records(out, "batch1/order_items")} - known
    assert orphans
    assert orphans <= {row["order_id"] for row in records(out, "batch2/orders")}


def test_some_products_come_late_and_some_change_their_category(
    updated: Shop, records: Records
) -> None:
    out, _ = updated
    first = by_key(records(out, "batch1/products"), "id")
    second = by_key(records(out, "batch2/products"), "id")
    assert second.keys() - first.keys()
    moved = [
        k for k in second.keys() & first.keys() if second[k]["category"] != first[k]["category"]
    ]
    assert moved


def test_items_of_both_batches_have_their_order(updated: Shop, records: Records) -> None:
    out, _ = updated
    orders = {r["order_id"] for b in ("batch1", "batch2") for r in records(out, f"{b}/orders")}
    items = {r["order_id"] for b in ("batch1", "batch2") for r in records(out, f"{b}/order_items")}
    assert items == orders


def test_the_smallest_shop_can_have_updates(tmp_path: Path, records: Records) -> None:
    generate(GenerateOptions(orders=2, updates=0.5), tmp_path)
    assert [row["order_id"] for row in records(tmp_path, "batch2/orders")][-1] == "2"


def test_updates_with_defects_are_planned_for_both_batches(tmp_path: Path) -> None:
    plan = generate(GenerateOptions(orders=3_000, updates=0.2, dirty=0.03), tmp_path)
    assert (tmp_path / "planted.json").exists()
    dirty = {file.path.split("/")[0] for file in plan.files if file.rejected}
    assert dirty == {"batch1", "batch2"}

"""The generated shop looks like one, and is the same every time."""

import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from spark_jobs.facts.errors import UsageError
from spark_jobs.generate import GenerateOptions, Plan, generate

Records = Callable[[Path, str], list[dict[str, str]]]
Shop = tuple[Path, Plan]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("shape", ["thelook", "basic"])
def test_the_same_options_give_the_same_bytes(tmp_path: Path, shape: str) -> None:
    options = GenerateOptions(orders=900, shape=shape, files=3, dirty=0.05, updates=0.2, seed=5)
    generate(options, tmp_path / "a")
    generate(options, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_another_seed_gives_another_shop(tmp_path: Path) -> None:
    generate(GenerateOptions(orders=50, seed=1), tmp_path / "a")
    generate(GenerateOptions(orders=50, seed=2), tmp_path / "b")
    a, b = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert a.keys() == b.keys()
    assert all(a[name] != b[name] for name in a)


def test_the_number_of_files_changes_no_record(tmp_path: Path, records: Records) -> None:
    for files in (1, 7):
        generate(GenerateOptions(orders=30_000, files=files, days=90), tmp_path / str(files))
    for dataset in ("orders", "order_items"):
        assert records(tmp_path / "1", dataset) == records(tmp_path / "7", dataset)
        assert len(list((tmp_path / "7" / dataset).iterdir())) == 7


def test_keys_are_distinct_and_references_complete(clean: Shop, records: Records) -> None:
    out, _ = clean
    orders, items = records(out, "orders"), records(out, "order_items")
    products = {row["id"] for row in records(out, "products")}
    assert len({row["order_id"] for row in orders}) == len(orders) == 20_000
    assert len({row["id"] for row in items}) == len(items)
    counted = Counter(row["order_id"] for row in items)
    assert counted == {row["order_id"]: int(row["num_of_item"]) for row in orders}
    assert {row["product_id"] for row in items} <= products


def test_an_order_has_about_one_and_a_half_items(clean: Shop, records: Records) -> None:
    out, _ = clean
    assert 1.42 < len(records(out, "order_items")) / 20_000 < 1.48


def test_statuses_have_the_shares_of_a_shop(clean: Shop, records: Records) -> None:
    out, _ = clean
    shares = Counter(row["status"] for row in records(out, "orders"))
    assert set(shares) == {"Processing", "Shipped", "Complete", "Returned", "Cancelled"}
    assert 0.13 < shares["Cancelled"] / 20_000 < 0.17
    assert 0.08 < shares["Returned"] / 20_000 < 0.12
    assert min(shares.values()) > 50


def test_times_agree_with_the_status_and_never_pass_the_end(clean: Shop, records: Records) -> None:
    reached = {"Processing": 0, "Cancelled": 0, "Shipped": 1, "Complete": 2, "Returned": 3}
    for row in records(clean[0], "orders") + records(clean[0], "order_items"):
        steps = ("shipped_at", "delivered_at", "returned_at")
        times = [row["created_at"], *(row[step] for step in steps if row[step])]
        assert len(times) - 1 == reached[row["status"]], row
        assert times == sorted(times), row
        assert times[-1] < "2026-01-01", row
        assert all(datetime.fromisoformat(time) for time in times)


def test_some_items_are_returned_alone(clean: Shop, records: Records) -> None:
    out, _ = clean
    status = {row["order_id"]: row["status"] for row in records(out, "orders")}
    other = [r for r in records(out, "order_items") if r["status"] != status[r["order_id"]]]
    assert len(other) > 100
    assert {row["status"] for row in other} == {"Returned"}


def test_sundays_and_december_sell_more(clean: Shop, records: Records) -> None:
    days = [date.fromisoformat(r["created_at"][:10]) for r in records(clean[0], "orders")]
    weekdays, months = Counter(d.weekday() for d in days), Counter(d.month for d in days)
    assert weekdays[6] > 1.2 * weekdays[2]
    assert months[12] > 1.3 * months[6]


def test_few_products_and_customers_make_much_of_the_sales(clean: Shop, records: Records) -> None:
    out, plan = clean
    items, orders = records(out, "order_items"), records(out, "orders")
    sold = sorted(Counter(row["product_id"] for row in items).values(), reverse=True)
    tenth = plan.options.catalogue_size // 10
    assert sum(sold[:tenth]) > 0.5 * len(items)
    assert sold[0] < 0.05 * len(items)
    bought = Counter(row["user_id"] for row in orders)
    assert max(bought.values()) > 20 * len(orders) / len(bought)
    assert sum(n == 1 for n in bought.values()) > 0.4 * len(bought)


def test_money_is_exact_or_the_noise_of_a_float(clean: Shop, records: Records) -> None:
    prices = [row["sale_price"] for row in records(clean[0], "order_items")]
    exact = [price for price in prices if len(price.partition(".")[2]) == 2]
    noisy = [price for price in prices if len(price.partition(".")[2]) > 4]
    assert 0 < len(noisy) < 0.01 * len(prices)
    assert len(exact) > 0.99 * len(prices)
    cent = Decimal("0.01")
    assert all(abs(Decimal(p) - Decimal(p).quantize(cent)) < Decimal("0.0001") for p in noisy)


def test_only_products_need_quoting(clean: Shop, records: Records) -> None:
    out, _ = clean
    names = [row["name"] for row in records(out, "products")]
    assert any("," in name for name in names)
    assert any('"' in name for name in names)
    assert len({row["category"] for row in records(out, "products")}) == 26
    for dataset in ("orders", "order_items"):
        assert b'"' not in b"".join(contents(out / dataset).values())


def test_memory_does_not_grow_with_the_shop(tmp_path: Path) -> None:
    peaks = []
    for orders in (100_000, 400_000):
        tracemalloc.start()
        options = GenerateOptions(orders=orders, days=365, products=500, files=1)
        generate(options, tmp_path / str(orders))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


def test_progress_ends_with_all_orders(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    generate(
        GenerateOptions(orders=60, files=4), tmp_path, lambda done, of: told.append((done, of))
    )
    assert told == [(15, 60), (30, 60), (45, 60), (60, 60), (60, 60)]


@pytest.mark.parametrize(
    "wrong",
    [{"orders": 0}, {"dirty": 0.6}, {"shape": "other"}, {"files": 11}, {"seed": -1}, {"days": 0}],
    ids=str,
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        GenerateOptions(**{"orders": 10, **wrong})  # type: ignore[arg-type]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="something already"):
        generate(GenerateOptions(orders=10), tmp_path)
    assert contents(tmp_path) == {"mine.txt": b"keep"}

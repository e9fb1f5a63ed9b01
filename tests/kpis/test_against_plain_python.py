"""Random shops: the engines' KPIs are those of a few loops over the rows."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spark_jobs.kpis.categories import category_kpis
from spark_jobs.kpis.orders import order_kpis
from spark_jobs.kpis.registry import STORED_MARTS
from spark_jobs.session import Engine
from tests.kpis.frames import Row, Shop, a_product, an_item, an_order

STATUSES = ["processing", "shipped", "delivered", "returned", "cancelled", "odd"]
CATEGORIES = ["Beauty", "Toys", None, " "]


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    random = draw(st.randoms(use_true_random=False))
    orders = [
        an_order(
            f"{n}",
            customer=f"{random.randrange(6)}",
            status=random.choice(STATUSES),
            ordered=f"2025-0{random.choice('12')}-0{random.randrange(1, 5)}T23:59:59",
            region=random.choice(["North", "South", None]),
        )
        for n in range(draw(st.integers(0, 40)))
    ]
    items = [
        an_item(
            f"{n}",
            f"{random.randrange(45)}",
            product=f"{random.randrange(8)}",
            price=f"{random.randrange(100000) / 100:.2f}",
            quantity=random.randrange(1, 4),
            status=random.choice([*STATUSES, None]),
        )
        for n in range(draw(st.integers(0, 80)))
    ]
    products = [a_product(f"{n}", category=random.choice(CATEGORIES)) for n in range(6)]
    return Shop(orders, items, products)


def counting_lines(shop: Shop) -> Iterator[Row]:
    orders = {order["order_id"]: order for order in shop.orders}
    categories = {row["product_id"]: (row["category"] or "").strip() for row in shop.products}
    for item in shop.items:
        order = orders.get(item["order_id"])
        if order is None or "cancelled" in (order["status"], item["status"]):
            continue
        yield {
            "day": order["order_date"],
            "order": order["order_id"],
            "category": categories.get(item["product_id"]) or "unknown",
            "units": item["quantity"],
            "gross": item["total_price"],
            "returned": (item["status"] or order["status"]) == "returned",
        }


def divided(part: Decimal | int, whole: int, unit: str) -> Decimal:
    exact = Decimal(part) / Decimal(whole) if whole else Decimal(0)
    return exact.quantize(Decimal(unit), ROUND_HALF_UP)


def order_rows(shop: Shop) -> set[tuple[object, ...]]:
    lines = list(counting_lines(shop))
    rows: set[tuple[object, ...]] = set()
    for day in {order["order_date"] for order in shop.orders}:
        placed = [order for order in shop.orders if order["order_date"] == day]
        sold = [line for line in lines if line["day"] == day]
        cancelled = sum(order["status"] == "cancelled" for order in placed)
        gross = sum((line["gross"] for line in sold), Decimal(0))
        net = sum((line["gross"] for line in sold if not line["returned"]), Decimal(0))
        returned = sum(order["status"] == "returned" for order in placed)
        rows.add(
            (
                day,
                len(placed),
                cancelled,
                gross,
                net,
                divided(gross, len(placed) - cancelled, "0.01"),
                sum(line["units"] for line in sold),
                divided(returned, len(placed), "0.0001"),
                len({order["customer_id"] for order in placed}),
                f"{day:%Y-%m}",
            )
        )
    return rows


def category_rows(shop: Shop) -> set[tuple[object, ...]]:
    groups = defaultdict(list)
    for line in counting_lines(shop):
        groups[line["category"], line["day"]].append(line)
    rows: set[tuple[object, ...]] = set()
    for (category, day), sold in groups.items():
        gross = sum(line["gross"] for line in sold)
        orders = len({line["order"] for line in sold})
        returned = len({line["order"] for line in sold if line["returned"]})
        rows.add(
            (
                category,
                day,
                gross,
                sum((line["gross"] for line in sold if not line["returned"]), Decimal(0)),
                divided(gross, orders, "0.01"),
                divided(returned, orders, "0.0001"),
                f"{day:%Y-%m}",
            )
        )
    return rows


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(shop=shops())
def test_the_kpis_of_any_shop_and_the_sums_of_its_marts(engine: Engine, shop: Shop) -> None:
    orders, lines = shop.on(engine)

    by_day = [tuple(row) for row in order_kpis(orders, lines).collect()]

    assert len(by_day) == len(set(by_day))
    assert set(by_day) == order_rows(shop)
    assert {tuple(row) for row in category_kpis(lines).collect()} == category_rows(shop)
    gross = sum((line["gross"] for line in counting_lines(shop)), Decimal(0))
    for name in ("product_daily", "category_daily", "region_daily"):
        rows = STORED_MARTS[name](orders, lines).collect()
        assert sum((row.gross_revenue for row in rows), Decimal(0)) == gross, name

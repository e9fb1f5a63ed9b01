import pytest
from chispa import assert_df_equality

from spark_jobs.kpis.lines import LINE_COLUMNS
from spark_jobs.session import Engine
from tests.kpis.frames import DAY, Row, Shop, a_product, an_item, an_order, expected


def only_line(engine: Engine, shop: Shop) -> Row:
    _, lines = shop.on(engine)
    (row,) = lines.collect()
    found: Row = row.asDict()
    return found


def test_a_line_has_the_day_of_its_order_and_the_category_of_its_product(engine: Engine) -> None:
    shop = Shop([an_order(region="North")], [an_item(price="2.50", quantity=3)])
    _, lines = shop.on(engine)

    wanted = {
        "order_id": "1", "region": "North", "order_date": DAY, "product_id": "1",
        "category": "Beauty", "quantity": 3, "total_price": 3 * an_item(price="2.50")["unit_price"],
        "is_cancelled": False, "is_returned": False,
    }  # fmt: skip
    assert tuple(lines.columns) == LINE_COLUMNS
    assert_df_equality(lines, expected(lines, wanted), ignore_nullable=True)


def test_an_item_without_its_order_is_held(engine: Engine) -> None:
    _, lines = Shop([an_order("1")], [an_item(order_id="2")]).on(engine)

    assert lines.count() == 0


@pytest.mark.parametrize(
    "products",
    [
        pytest.param([], id="no-product"),
        pytest.param([a_product(category=None)], id="no-category"),
        pytest.param([a_product(category="  ")], id="blank-category"),
    ],
)
def test_what_has_no_category_is_unknown(engine: Engine, products: list[Row]) -> None:
    assert only_line(engine, Shop([an_order()], [an_item()], products))["category"] == "unknown"


@pytest.mark.parametrize(
    ("of_order", "of_item", "cancelled", "returned"),
    [
        pytest.param("delivered", None, False, False, id="the-order-is-delivered"),
        pytest.param("returned", None, False, True, id="the-order's-counts-without-its-own"),
        pytest.param("returned", "delivered", False, False, id="its-own-counts-first"),
        pytest.param("delivered", "returned", False, True, id="it-alone-came-back"),
        pytest.param("cancelled", None, True, False, id="the-order-is-cancelled"),
        pytest.param("cancelled", "delivered", True, False, id="no-item-outlives-its-order"),
        pytest.param("delivered", "cancelled", True, False, id="it-alone-is-cancelled"),
        pytest.param("on-hold", "on-hold", False, False, id="an-unknown-word"),
    ],
)
def test_the_status_of_a_line(
    engine: Engine, of_order: str, of_item: str | None, cancelled: bool, returned: bool
) -> None:
    line = only_line(engine, Shop([an_order(status=of_order)], [an_item(status=of_item)]))

    assert (line["is_cancelled"], line["is_returned"]) == (cancelled, returned)

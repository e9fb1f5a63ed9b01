"""The source shapes as the generator writes them: headers, and blocks as columns of text."""

from collections.abc import Callable
from dataclasses import dataclass

from spark_jobs.facts.words import Dataset
from spark_jobs.generate import text
from spark_jobs.generate.catalogue import BRANDS, CATEGORIES, DEPARTMENTS, Catalogue
from spark_jobs.generate.chance import Ints
from spark_jobs.generate.shop import Block
from spark_jobs.generate.state import items_at, orders_at
from spark_jobs.generate.text import Text

REGIONS = ("North", "South", "East", "West", "Islands")
NOISY_ONE_IN = 241
"""Every 241st item number is priced with float noise."""


@dataclass(frozen=True)
class Shape:
    """Headers of a source shape, and how it writes orders, items and products.

    Args:
        orders: Columns of a block's orders at a moment.
        items: Columns of a block's items at a moment.
        products: Columns of the products with the given indices.
    """

    headers: dict[Dataset, tuple[str, ...]]
    orders: Callable[[Block, int], list[Text]]
    items: Callable[[Block, int], list[Text]]
    products: Callable[[Catalogue, Ints], list[Text]]


THELOOK_STATUS = ("Processing", "Shipped", "Complete", "Returned", "Cancelled")
BASIC_STATUS = ("processing", "shipped", "completed", "returned", "cancelled")


def _thelook_orders(block: Block, moment: int) -> list[Text]:
    orders, state = block.orders, orders_at(block.orders, moment)
    return [
        text.numbers(orders.order),
        text.numbers(orders.customer),
        text.words(THELOOK_STATUS, state.status),
        text.times(orders.ordered),
        text.times(state.returned),
        text.times(state.shipped),
        text.times(state.delivered),
        text.numbers(orders.pieces),
    ]


def _thelook_items(block: Block, moment: int) -> list[Text]:
    orders, items = block.orders, block.items
    state = items_at(orders, items, moment)
    return [
        text.numbers(items.item),
        text.numbers(orders.order[items.owner]),
        text.numbers(orders.customer[items.owner]),
        text.numbers(items.product + 1),
        text.words(THELOOK_STATUS, state.status),
        text.times(orders.ordered[items.owner]),
        text.times(state.shipped),
        text.times(state.delivered),
        text.times(state.returned),
        text.money(items.cents, items.item % NOISY_ONE_IN == 0),
    ]


def _thelook_products(catalogue: Catalogue, index: Ints) -> list[Text]:
    return [
        text.numbers(index + 1),
        text.money(catalogue.cost_cents[index]),
        text.words([row[0] for row in CATEGORIES], catalogue.category[index]),
        text.escaped(catalogue.name(product) for product in index.tolist()),
        text.words(BRANDS, catalogue.brand[index]),
        text.money(catalogue.cents[index]),
        text.words(DEPARTMENTS, catalogue.department[index]),
        text.escaped(catalogue.sku(product) for product in index.tolist()),
    ]


def _basic_orders(block: Block, moment: int) -> list[Text]:
    orders = block.orders
    return [
        text.numbers(orders.order),
        text.numbers(orders.customer, "C"),
        text.dates(orders.ordered),
        text.words(BASIC_STATUS, orders_at(orders, moment).status),
        text.words(REGIONS, orders.customer % len(REGIONS)),
    ]


def _basic_items(block: Block, _: int) -> list[Text]:
    items = block.items
    return [
        text.numbers(items.item),
        text.numbers(block.orders.order[items.owner]),
        text.numbers(items.product + 1, "P"),
        text.numbers(items.quantity),
        text.money(items.cents),
    ]


def _basic_products(catalogue: Catalogue, index: Ints) -> list[Text]:
    return [
        text.numbers(index + 1, "P"),
        text.escaped(catalogue.name(product) for product in index.tolist()),
        text.words([row[0] for row in CATEGORIES], catalogue.category[index]),
        text.money(catalogue.cents[index]),
    ]


def _headers(orders: str, items: str, products: str) -> dict[Dataset, tuple[str, ...]]:
    return {
        Dataset.ORDERS: tuple(orders.split(",")),
        Dataset.ORDER_ITEMS: tuple(items.split(",")),
        Dataset.PRODUCTS: tuple(products.split(",")),
    }


SHAPES: dict[str, Shape] = {
    "thelook": Shape(
        _headers(
            "order_id,user_id,status,created_at,returned_at,shipped_at,delivered_at,num_of_item",
            "id,order_id,user_id,product_id,status,created_at,shipped_at,delivered_at,returned_at,"
            "sale_price",
            "id,cost,category,name,brand,retail_price,department,sku",
        ),
        _thelook_orders,
        _thelook_items,
        _thelook_products,
    ),
    "basic": Shape(
        _headers(
            "order_id,customer_id,order_date,status,region",
            "order_item_id,order_id,product_id,quantity,price",
            "product_id,name,category,price",
        ),
        _basic_orders,
        _basic_items,
        _basic_products,
    ),
}

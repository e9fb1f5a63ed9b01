"""Marts and insights as data: what is stored, what is computed on read, and by which function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from spark_jobs.kpis import insights
from spark_jobs.kpis.marts.customers import customer_patterns
from spark_jobs.kpis.marts.daily import category_daily, product_daily, region_daily
from spark_jobs.kpis.marts.fulfilment import fulfilment_daily
from spark_jobs.lake.tables import MONTH, Table

MartFunction = Callable[[DataFrame, DataFrame], DataFrame]
"""(orders, order lines) -> rows; for a stored mart of exactly the months that it is given."""

Sources = Mapping[str, DataFrame]
"""Frames by name: stored marts, `orders`, `products` and `lines` (`order_lines`)."""

_MONEY = "decimal(38,2)"
_REVENUE = {"gross_revenue": _MONEY, "net_revenue": _MONEY}


@dataclass(frozen=True)
class Mart:
    """One mart.

    Args:
        table: Its columns, key and partitions; nothing is stored of one computed on read.
        compute: What makes its rows.
        stored: Whether a transform recomputes the touched months and stores them.
    """

    table: Table
    compute: MartFunction
    stored: bool = True


def _by_day(columns: dict[str, str], *key: str) -> Table:
    days = {"order_date": "date", **columns, MONTH: "string"}
    return Table(days, ("order_date", *key), (MONTH,))


MARTS: dict[str, Mart] = {
    "product_daily": Mart(
        _by_day(
            {
                "product_id": "string",
                "units_sold": "bigint",
                "units_returned": "bigint",
                **_REVENUE,
            },
            "product_id",
        ),
        product_daily,
    ),
    "category_daily": Mart(
        _by_day(
            {
                "category": "string",
                "region": "string",
                "orders": "bigint",
                "units_sold": "bigint",
                **_REVENUE,
            },
            "category",
            "region",
        ),
        category_daily,
    ),
    "region_daily": Mart(
        _by_day(
            {
                "region": "string",
                "total_orders": "bigint",
                "cancelled_orders": "bigint",
                "units_sold": "bigint",
                **_REVENUE,
            },
            "region",
        ),
        region_daily,
    ),
    "fulfilment_daily": Mart(
        _by_day(
            {
                "stage": "string",
                "started": "bigint",
                "finished": "bigint",
                "open_share": "decimal(5,4)",
                "measured": "bigint",
                "out_of_order": "bigint",
                "median_hours": "decimal(18,2)",
                "p90_hours": "decimal(18,2)",
            },
            "stage",
        ),
        fulfilment_daily,
    ),
    "customer_patterns": Mart(
        Table(
            {
                "customer_id": "string",
                "orders": "bigint",
                "cancelled_orders": "bigint",
                "first_order_at": "timestamp",
                "last_order_at": "timestamp",
                "mean_days_between_orders": "decimal(18,2)",
                "gross_revenue": _MONEY,
                "lifetime_value": _MONEY,
                "days_since_last_order": "bigint",
                "segment": "string",
            },
            ("customer_id",),
        ),
        customer_patterns,
        stored=False,
    ),
}

MART_TABLES: dict[str, Table] = {name: mart.table for name, mart in MARTS.items() if mart.stored}
"""The marts that are tables of the lake, each partitioned by month."""

STORED_MARTS: dict[str, MartFunction] = {
    name: mart.compute for name, mart in MARTS.items() if mart.stored
}


@dataclass(frozen=True)
class View:
    """One way to look at an insight.

    Args:
        sources: The frames that it reads: stored marts, `orders`, `products`, `lines`. Whoever
            asks for some days filters those that have an `order_date` by it.
        read: (frames by name, `day` or `month`) -> rows.
        key: The columns to sort by; each without the period's.
        periods: What it can be asked per; the first is the default, none: it has no period.
    """

    sources: tuple[str, ...]
    read: Callable[[Sources, str], DataFrame]
    key: tuple[str, ...]
    periods: tuple[str, ...] = field(default=("day", "month"))


def _revenue(mart: str, by: str) -> View:
    return View((mart,), lambda s, per: insights.revenue(s[mart], by, per), (by,))


INSIGHTS: dict[str, dict[str, View]] = {
    "products": {
        "performance": View(
            ("product_daily", "products"),
            lambda s, _: insights.product_performance(s["product_daily"], s["products"]),
            ("rank",),
            ("month",),
        ),
        "per_order": View(
            ("lines",),
            lambda s, _: insights.products_per_order(s["lines"]),
            ("order_id",),
            ("day",),
        ),
        "per_day": View(
            ("product_daily",),
            lambda s, per: insights.products_per_day(s["product_daily"], per),
            (),
        ),
    },
    "customers": {
        "patterns": View(
            ("orders", "lines"),
            lambda s, _: customer_patterns(s["orders"], s["lines"]),
            ("customer_id",),
            (),
        ),
    },
    "revenue": {
        "category": _revenue("category_daily", "category"),
        "product": _revenue("product_daily", "product_id"),
        "region": _revenue("region_daily", "region"),
    },
    "volume": {
        "category": View(
            ("category_daily",),
            lambda s, per: insights.category_volume(s["category_daily"], per),
            ("category", "region"),
        ),
        "region": View(
            ("region_daily",),
            lambda s, per: insights.region_volume(s["region_daily"], per),
            ("region",),
        ),
    },
    "fulfilment": {
        "stages": View(
            ("fulfilment_daily",), lambda s, _: s["fulfilment_daily"], ("stage",), ("day",)
        ),
    },
    "inventory": {
        "movement": View(
            ("product_daily",),
            lambda s, per: insights.inventory_movement(s["product_daily"], per),
            ("product_id",),
        ),
    },
}
"""`orders insights NAME`: its views by name, the default first."""

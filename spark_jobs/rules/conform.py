"""From a shape's typed columns to the canonical row: one select for each dataset."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.contracts.model import Contract, DatasetContract
from spark_jobs.contracts.predicates import typed
from spark_jobs.contracts.times import EARLIEST
from spark_jobs.facts.canonical import CANONICAL, LIFECYCLE_TIMES, SQL_TYPES
from spark_jobs.facts.words import Dataset, Status

GENERATED = "#"
"""How a key begins that stands in for a missing one."""


def generated_keys(rows: DataFrame) -> DataFrame:
    """Items with the key that stands in for a missing one: order, product, n-th occurrence.

    Counted over all records of the file, bad ones too. The parts are escaped, so that two pairs
    never share a key.
    """
    pair = ("_file", "order_id", "product_id")
    window = Window.partitionBy(*pair).orderBy("_record")
    parts = ", '/', ".join(
        f"replace(replace(coalesce({name}, ''), '~', '~0'), '/', '~1')" for name in pair[1:]
    )
    key = F.expr(f"concat('{GENERATED}', {parts}, '/', cast(_occurrence as string))")
    numbered = rows.withColumn("_occurrence", F.row_number().over(window))
    return numbered.withColumn("order_item_id", key).drop("_occurrence")


def canonical_values(contract: Contract, rules: DatasetContract, lake_zone: str) -> list[Column]:
    """The staged columns of a dataset over its typed ones, in the order of its table."""
    columns = [_canonical(rules, name) for name in CANONICAL[rules.dataset]]
    if rules.dataset is Dataset.ORDERS:
        columns += _day(lake_zone)
    if rules.dataset is Dataset.ORDER_ITEMS:
        columns.append(_total_price())
    return columns + _provenance(contract, rules)


def _canonical(rules: DatasetContract, name: str) -> Column:
    if rules.column(name) is None:
        return F.expr(f"cast(null as {SQL_TYPES[CANONICAL[rules.dataset][name].kind]})").alias(name)
    return F.expr(typed(name)).alias(name)


def _day(lake_zone: str) -> list[Column]:
    at = typed("ordered_at")
    local = at if lake_zone == "UTC" else f"from_utc_timestamp({at}, '{lake_zone}')"
    day = f"to_date({local})"
    return [
        F.expr(day).alias("order_date"),
        F.expr(f"substr(cast({day} as string), 1, 7)").alias("order_month"),
    ]


def _total_price() -> Column:
    quantity, price = typed("quantity"), typed("unit_price")
    product = f"cast({quantity} as decimal(18,0)) * {price}"
    return F.expr(f"cast({product} as decimal(38,2))").alias("total_price")


def _provenance(contract: Contract, rules: DatasetContract) -> list[Column]:
    times = [typed(name) for name in LIFECYCLE_TIMES if rules.column(name) is not None]
    cancelled = "false"
    if contract.lifecycle and rules.column("status") is not None:
        cancelled = f"coalesce({typed('status')} = '{Status.CANCELLED}', false)"
    never = f"timestamp'{EARLIEST}'"
    return [
        F.expr("cast(0 as int)").alias("correction"),
        F.expr(_version(rules)).alias("row_version"),
        F.expr(cancelled).alias("final_cancelled"),
        F.expr(f"greatest({never}, {', '.join(times)})" if times else never).alias("lifecycle_at"),
        F.col("received_at"),
        F.col("file_sha256"),
        F.col("_record").alias("record"),
    ]


def _version(rules: DatasetContract) -> str:
    if rules.version_column is None:
        return "cast(0 as bigint)"
    column = rules.column(rules.version_column)
    if column is None:
        raise AssertionError("the linter lets no unknown version column pass")
    value = typed(column.name)
    number = f"unix_micros({value})" if column.kind.value == "timestamp" else value
    return f"coalesce(cast({number} as bigint), 0)"

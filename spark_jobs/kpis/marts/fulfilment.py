"""How long orders take: from order to shipping, to delivery, to return, by order day."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.facts.words import Status
from spark_jobs.kpis.lines import counted, is_cancelled, month_of
from spark_jobs.kpis.ratios import rate, ratio

STAGES: dict[str, tuple[str, str]] = {
    "order_to_shipping": ("ordered_at", "shipped_at"),
    "shipping_to_delivery": ("shipped_at", "delivered_at"),
    "delivery_to_return": ("delivered_at", "returned_at"),
}
"""The times between which each stage lies."""

_REACHED = ("ordered", "shipped", "delivered", "returned")
_SECONDS_PER_HOUR = 3600


def fulfilment_daily(orders: DataFrame, lines: DataFrame) -> DataFrame:
    """Durations of each stage by order_date, of orders that are not cancelled.

    Args:
        orders: The lake's table `orders`, the whole of each day; the orders' own times count.
        lines: Not looked at.

    Returns:
        order_date, stage (one of STAGES), started and finished (orders that reached the stage's
        beginning and end: by their times, or by their status where the shape has no times),
        open_share (not finished ÷ started; for returns: kept so far), measured (orders with both
        times, in order), out_of_order (end before beginning: not measured), median_hours and
        p90_hours (exact, nearest rank, two decimals half up; NULL where nothing was measured),
        order_month.
    """
    del lines
    kept = orders.filter(~is_cancelled()).transform(_with_reached).transform(_with_seconds)
    by_day = kept.groupBy("order_date").agg(
        *(counted(F.col(name)).alias(name) for name in _REACHED),
        *(_sorted_seconds(stage).alias(stage) for stage in STAGES),
        *(counted(F.col(stage) < 0).alias(f"{stage}_out_of_order") for stage in STAGES),
    )
    rows = [_stage_row(stage, *_REACHED[i : i + 2]) for i, stage in enumerate(STAGES)]
    by_stage = by_day.select("order_date", F.explode(F.array(*rows)).alias("row"))
    return by_stage.select(
        "order_date",
        *(F.col(f"row.{name}").alias(name) for name in _FIELDS),
        month_of("order_date").alias("order_month"),
    )


_FIELDS = (
    "stage",
    "started",
    "finished",
    "open_share",
    "measured",
    "out_of_order",
    "median_hours",
    "p90_hours",
)


def _with_reached(orders: DataFrame) -> DataFrame:
    """What each order reached; a later step includes the earlier ones."""
    returned = _reached("returned_at", Status.RETURNED)
    delivered = _reached("delivered_at", Status.DELIVERED) | returned
    shipped = _reached("shipped_at", Status.SHIPPED) | delivered
    return orders.withColumns(
        {"ordered": F.lit(True), "shipped": shipped, "delivered": delivered, "returned": returned}
    )


def _reached(time: str, status: Status) -> Column:
    return F.col(time).isNotNull() | F.coalesce(F.col("status") == str(status), F.lit(False))


def _with_seconds(orders: DataFrame) -> DataFrame:
    seconds = {
        stage: F.unix_timestamp(F.col(end)) - F.unix_timestamp(F.col(start))
        for stage, (start, end) in STAGES.items()
    }
    return orders.withColumns(seconds)


def _sorted_seconds(stage: str) -> Column:
    # collect_list leaves NULLs out, and with them what is out of order.
    return F.array_sort(F.collect_list(F.when(F.col(stage) >= 0, F.col(stage))))


def _stage_row(stage: str, start: str, end: str) -> Column:
    started, finished = F.col(start), F.col(end)
    measured = F.size(stage)
    return F.struct(
        F.lit(stage).alias("stage"),
        started.cast("bigint").alias("started"),
        finished.cast("bigint").alias("finished"),
        rate(started - finished, started).alias("open_share"),
        measured.cast("bigint").alias("measured"),
        F.col(f"{stage}_out_of_order").cast("bigint").alias("out_of_order"),
        _hours(stage, F.call_function("div", measured + 1, F.lit(2))).alias("median_hours"),
        _hours(stage, F.call_function("div", measured * 9 + 9, F.lit(10))).alias("p90_hours"),
    )


def _hours(stage: str, rank: Column) -> Column:
    """The rank-th shortest duration in hours; NULL (not an error) where there is none."""
    seconds = F.get(F.col(stage), rank.cast("int") - 1)
    return ratio(seconds, F.lit(_SECONDS_PER_HOUR), 2).cast("decimal(18,2)")

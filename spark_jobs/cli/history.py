"""`orders held` and `orders batches`: what waits, and what happened."""

from __future__ import annotations

from typing import Annotated

import typer

from spark_jobs.cli.options import Engine, Format, Lake, OutputFormat, settings_of
from spark_jobs.facts.errors import UsageError

Products = Annotated[
    bool,
    typer.Option("--products", help="Instead: products that items name and the lake lacks."),
]
Overdue = Annotated[
    bool, typer.Option("--overdue", help="Only what waits longer than held_after_days.")
]
BatchId = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help="One batch, file by file.", show_default=False),
]
_DAY_SECONDS = 24 * 3600


def held(
    lake: Lake = None,
    products: Products = False,
    overdue: Overdue = False,
    output: OutputFormat = Format.TABLE,
    engine: Engine = None,
) -> None:
    """Items whose order is not known yet: stored, counted on no day until it arrives.

    Examples:
      orders held
      orders held --overdue --format csv
      orders held --products
    """
    from datetime import UTC, datetime

    from spark_jobs.cli.reading import lake_of, show

    settings = settings_of(lake=lake, engine=engine)
    with lake_of(settings) as opened:
        from spark_jobs.lake.held import held_items, unknown_products

        if products:
            show(unknown_products(opened).select("product_id", "items").sort("product_id"), output)
            return
        rows = held_items(opened, datetime.now(UTC)).sort("order_item_id")
        if overdue:
            rows = rows.where(f"held_seconds > {settings.held_after_days * _DAY_SECONDS}")
        show(rows, output)


def batches(
    batch_id: BatchId = None,
    lake: Lake = None,
    output: OutputFormat = Format.TABLE,
    engine: Engine = None,
) -> None:
    """The run history; with an ID, the files of that batch and both sums of each.

    Examples:
      orders batches
      orders batches 20250308T100000Z-1a2b3c4d
      orders batches --format json
    """
    from spark_jobs.cli.reading import lake_of, show

    with lake_of(settings_of(lake=lake, engine=engine)) as opened:
        if batch_id is None:
            rows = opened.frame("batches").sort("sequence")
            narrow = ("counts_by_rule", "durations", "versions") if output is Format.TABLE else ()
            show(rows.drop(*narrow), output)
            return
        rows = opened.frame("files").where(_is(batch_id)).sort("dataset", "file", "file_sha256")
        if not rows.limit(1).count() and not opened.frame("batches").where(_is(batch_id)).count():
            raise UsageError(f"there is no batch {batch_id!r}", cure="see `orders batches`")
        apart = ("batch_id", "file_sha256", "size_bytes", "received_at", "shape", "reason")
        show(rows.drop(*(apart if output is Format.TABLE else ())), output)


def _is(batch_id: str) -> str:
    escaped = batch_id.replace("\\", "\\\\").replace("'", "\\'")
    return f"batch_id = '{escaped}'"

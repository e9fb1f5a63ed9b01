"""`orders held` and `orders batches`: what waits, and what happened."""

from __future__ import annotations

from pathlib import Path
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
DataDocs = Annotated[
    Path | None,
    typer.Option(
        "--data-docs", metavar="DIR", help="Write the referee's results of a batch as HTML pages."
    ),
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
    data_docs: DataDocs = None,
) -> None:
    """The run history; with an ID, the files of that batch and both sums of each.

    Examples:
      orders batches
      orders batches 20250308T100000Z-1a2b3c4d
      orders batches 20250308T100000Z-1a2b3c4d --data-docs pages
      orders batches --format json
    """
    from spark_jobs.cli.reading import lake_of, show

    if data_docs is not None:
        _write_data_docs(settings_of(lake=lake, engine=engine).lake, batch_id, data_docs)
        return
    with lake_of(settings_of(lake=lake, engine=engine)) as opened:
        if batch_id is None:
            rows = opened.frame("batches").sort("sequence")
            narrow = ("counts_by_rule", "durations", "versions") if output is Format.TABLE else ()
            show(rows.drop(*narrow), output)
            return
        rows = (
            opened.frame("received_files")
            .where(_is(batch_id))
            .sort("dataset", "file", "file_sha256")
        )
        if not rows.limit(1).count() and not opened.frame("batches").where(_is(batch_id)).count():
            raise UsageError(f"there is no batch {batch_id!r}", cure="see `orders batches`")
        apart = ("batch_id", "file_sha256", "size_bytes", "received_at", "shape", "reason")
        show(rows.drop(*(apart if output is Format.TABLE else ())), output)


def _write_data_docs(lake: Path, batch_id: str | None, folder: Path) -> None:
    from spark_jobs.pipeline.documents import verdict_folder
    from spark_jobs.rules.referee_docs import write_docs

    if batch_id is None:
        raise UsageError("no batch is named", where="--data-docs", cure="see `orders batches`")
    judged = sorted((verdict_folder(lake, batch_id) / "referee").rglob("*.json"))
    if not judged:
        raise UsageError(
            f"there is no judgement of batch {batch_id!r}", cure="see `orders batches`"
        )
    for stored in judged:
        shape, dataset = stored.parent.name, stored.stem
        print(write_docs(stored, folder / f"{dataset}-{shape}.html"))


def _is(batch_id: str) -> str:
    escaped = batch_id.replace("\\", "\\\\").replace("'", "\\'")
    return f"batch_id = '{escaped}'"

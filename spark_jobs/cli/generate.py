"""`orders generate`: a seeded shop of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Argument(metavar="OUT", help="A new or empty folder.")]
Orders = Annotated[int, typer.Option("--orders", metavar="N", help="Orders in all.")]
Days = Annotated[
    int | None,
    typer.Option(
        "--days", metavar="N", show_default="about 68 orders a day", help="Days of history."
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")]
Shape = Annotated[str, typer.Option("--shape", help="thelook or basic.")]
Files = Annotated[
    int | None,
    typer.Option(
        "--files",
        metavar="N",
        show_default="one for every 50,000 orders",
        help="Order files, and item files.",
    ),
]
Dirty = Annotated[
    float,
    typer.Option(
        "--dirty", metavar="SHARE", help="Share of records with a planted defect, 0 to 0.5."
    ),
]
Updates = Annotated[
    float,
    typer.Option(
        "--updates", metavar="SHARE", help="Share of orders that a second batch brings, 0 to 0.9."
    ),
]
Products = Annotated[
    int | None,
    typer.Option(
        "--products",
        metavar="N",
        show_default="29 for every 125 orders",
        help="Size of the catalogue.",
    ),
]
End = Annotated[str, typer.Option("--end", metavar="DAY", help="Last day of the history.")]


def generate(
    out: Out,
    orders: Orders = 10_000,
    days: Days = None,
    seed: Seed = 1,
    shape: Shape = "thelook",
    files: Files = None,
    dirty: Dirty = 0.0,
    updates: Updates = 0.0,
    products: Products = None,
    end: End = "2025-12-31",
) -> None:
    """Write a shop that looks like one: weekdays, seasons, a long tail, returns, late changes.

    With --updates there are two folders, batch1/ and batch2/. With --dirty, planted.json says what
    was planted in which file.

    Examples:
      orders generate landing --orders 10000
      orders generate shop --orders 1000000 --files 8 --dirty 0.02 --updates 0.1 --seed 7
    """
    from spark_jobs.cli.reading import day_of
    from spark_jobs.generate import GenerateOptions
    from spark_jobs.generate import generate as write_shop

    last = day_of(end, "--end")
    assert last is not None  # noqa: S101 - the flag has a default
    options = GenerateOptions(
        orders=orders, days=days, seed=seed, shape=shape, files=files,
        dirty=dirty, updates=updates, products=products, end=last,
    )  # fmt: skip
    with _Bar(orders) as bar:
        plan = write_shop(options, out, bar.update)
    _tell(plan.records, plan.bytes, len(plan.files), out, updates)


def _tell(records: int, size: int, files: int, out: Path, updates: float) -> None:
    from spark_jobs.cli.changes import print_commands
    from spark_jobs.cli.console import counted, line

    line(
        f"{counted(records, 'record')} in {counted(files, 'file')}, {size / 1e6:,.1f} MB, in {out}"
    )
    batches = [f"{out}/batch1", f"{out}/batch2"] if updates else [str(out)]
    print_commands([f"orders run {folder}" for folder in batches])


class _Bar:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, total: int) -> None:
        from rich.progress import Progress

        from spark_jobs.cli.call import CALL
        from spark_jobs.cli.console import err, on_terminal

        shown = on_terminal() and not CALL.get().quiet
        self._progress = Progress(console=err(), transient=True, disable=not shown)
        self._task = self._progress.add_task("writing orders", total=total)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, done: int, total: int) -> None:
        """So many of all orders are written."""
        self._progress.update(self._task, completed=done, total=total)

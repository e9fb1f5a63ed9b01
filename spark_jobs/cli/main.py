"""The command `orders`: where a command line ends, and the exit code begins."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from spark_jobs import __version__
from spark_jobs.cli import (
    config,
    contracts,
    demo,
    generate,
    history,
    insights,
    kpis,
    quarantine,
    run,
    separate,
    watch,
)
from spark_jobs.cli.call import CALL, Call, shared_flags_first
from spark_jobs.cli.failures import guarded
from spark_jobs.cli.helping import Commands

app = Commands(
    name="orders",
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_RUN, _LOOK, _KEEP = "Run", "Look", "Set up"

app.command(rich_help_panel=_RUN)(demo.demo)
app.command(rich_help_panel=_RUN)(run.run)
app.command(rich_help_panel=_RUN)(separate.check)
app.command(rich_help_panel=_RUN)(separate.validate)
app.command(rich_help_panel=_RUN)(separate.transform)
app.command(rich_help_panel=_LOOK)(watch.watch)
app.add_typer(kpis.app, name="kpis", rich_help_panel=_LOOK)
app.add_typer(insights.app, name="insights", rich_help_panel=_LOOK)
app.add_typer(quarantine.app, name="quarantine", rich_help_panel=_LOOK)
app.command(rich_help_panel=_LOOK)(history.held)
app.command(rich_help_panel=_LOOK)(history.batches)
app.add_typer(contracts.app, name="contracts", rich_help_panel=_KEEP)
app.command(name="config", rich_help_panel=_KEEP)(config.config)
app.command(rich_help_panel=_KEEP)(generate.generate)


def _version(asked: bool) -> None:
    if asked:
        print(f"orders {__version__}")
        raise typer.Exit


@app.callback()
def orders(
    config_file: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings file.", show_default="orders.toml"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Tell nothing of progress.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where in the code an error came from.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """CSV files of a shop in, KPI tables that are right after every batch out.

    These flags may also stand after the command.

    Examples:
      orders demo
      orders run landing && orders kpis daily

    Exit codes:
       0  done
       3  no file of the batch was acceptable (run, check, watch)
       4  some files or records were rejected, under --strict
      64  wrong usage, settings or contract
      70  the numbers cannot be trusted, or something unforeseen; nothing was published
      75  something outside was not available; try again
     130  interrupted
    """
    del version
    call = CALL.get()
    CALL.set(
        Call(
            config=config_file or call.config,
            debug=debug or call.debug,
            quiet=quiet,
        )
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns its exit code.

    Args:
        arguments: Without the program's name; None: those of the process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    config_file = os.environ.get("ORDERS_CONFIG")
    CALL.set(
        Call(
            config=Path(config_file) if config_file else None,
            debug=bool(os.environ.get("ORDERS_DEBUG")),
        )
    )
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")  # a word in a strange locale ends no run
    code = guarded(
        lambda: app(shared_flags_first(given), prog_name="orders", standalone_mode=False)
    )
    gc.freeze()  # else the interpreter's end searches all that was imported: a second
    return code


if __name__ == "__main__":
    raise SystemExit(main())

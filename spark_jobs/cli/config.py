"""`orders config`: each setting and where its value comes from."""

from __future__ import annotations

import os

from spark_jobs.cli.console import reader_may_leave, tell
from spark_jobs.cli.options import (
    Archive,
    Contracts,
    Engine,
    Format,
    Lake,
    OutputFormat,
    TimeZone,
    settings_of,
)


def config(
    lake: Lake = None,
    contracts: Contracts = None,
    archive: Archive = None,
    time_zone: TimeZone = None,
    engine: Engine = None,
    output: OutputFormat = Format.TABLE,
) -> None:
    """Each setting, its value and where it comes from.

    A setting is taken from a flag, else from ORDERS_<NAME>, else from orders.toml, else it has its
    default. In orders.toml: `lake = "/data/lake"`.

    Examples:
      orders config
      ORDERS_LAKE=/data/lake orders config --format json
    """
    from spark_jobs.cli.output import write_rows
    from spark_jobs.settings import NAMES, about, unknown_variables

    settings = settings_of(
        lake=lake, contracts=contracts, archive=archive, time_zone=time_zone, engine=engine
    )
    rows = []
    for name in NAMES:
        value = getattr(settings, name)
        shown = value if value is None or isinstance(value, int) else str(value)
        rows.append((name, shown, settings.origins[name], about(name)))
    with reader_may_leave():
        write_rows(("setting", "value", "from", "about"), rows, output)
    for variable, cure in unknown_variables(os.environ).items():
        tell(f"warning: {variable} is not read by anything; {cure}")

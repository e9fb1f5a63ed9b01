"""The only place that knows which engine runs: `open_engine("sail" | "spark", lake)`."""

from __future__ import annotations

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.session.engine import Engine
from spark_jobs.session.warehouse import GlueWarehouse, Warehouse

__all__ = ["ENGINES", "Engine", "GlueWarehouse", "Warehouse", "open_engine"]

ENGINES = ("sail", "spark")


def open_engine(
    name: str,
    warehouse: Warehouse | None = None,
    *,
    memory: str | None = None,
    master: str | None = None,
) -> Engine:
    """Start an engine and bind it to a lake; use it as a context manager, or call `stop`.

    Args:
        name: `sail` (in this process, no Java) or `spark` (Apache Spark, full environment).
        warehouse: The lake's folder, which need not exist, or its Glue database, which must.
            None where no table is needed. A Sail that was not started with a Glue database
            cannot be bound to one by `for_warehouse`.
        memory: What the engine may use, as `4g` or `512m`. None: Sail takes what it needs;
            Spark takes 2g and is tuned to start fast, so give it for large data.
        master: Spark only: `local[2]`, `spark://…`, or `sc://host:port` of a Spark Connect
            server. None: what spark-submit set, else `local[*]`.

    Raises:
        ConfigurationError: An unknown name, or an engine that this environment lacks.
    """
    if name == "sail":
        from spark_jobs.session.sail import start_sail

        return start_sail(warehouse, memory=memory)
    if name == "spark":
        from spark_jobs.session.spark import start_spark

        return start_spark(warehouse, memory=memory, master=master)
    raise ConfigurationError(
        f"unknown engine {name!r}", where="--engine", cure=f"use one of {', '.join(ENGINES)}"
    )

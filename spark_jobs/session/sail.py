"""Sail: a Spark Connect engine in this process, the embedded default."""

from __future__ import annotations

import os
import platform
import re
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.facts.machine import available_processors
from spark_jobs.session.engine import Engine
from spark_jobs.session.warehouse import GlueWarehouse, Warehouse

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

GLUE = "glue"
"""Sail's name for the Glue catalog; folders are in the one that it always has."""

_MEMORY = '{name="sail", type="memory", initial_database=["default"]}'
# Region, endpoint and credentials it takes from the environment by itself.
_WITH_GLUE = {
    "SAIL_CATALOG__LIST": f'[{_MEMORY}, {{name="{GLUE}", type="glue"}}]',
    "SAIL_CATALOG__DEFAULT_CATALOG": "sail",
}
# A session that is idle for longer forgets its tables; a process lives for minutes.
IDLE_SECONDS = 7 * 24 * 3600
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}


class SailEngine(Engine):
    """A folder's tables are named to Sail one by one, when they are first used."""

    name = "sail"

    def _bind(self) -> None:
        self._known: set[str] = set()
        if isinstance(self.warehouse, GlueWarehouse):
            self._refuse_without_glue()
            return
        self.spark.sql(f"CREATE DATABASE IF NOT EXISTS {self._namespace}")

    def _refuse_without_glue(self) -> None:
        if GLUE not in {catalog.name for catalog in self.spark.catalog.listCatalogs()}:
            raise ConfigurationError(
                "Sail was started without the Glue catalog, and cannot learn of it later",
                where=str(self.warehouse),
                cure="give the Glue warehouse to open_engine",
            )

    @property
    def _namespace(self) -> str:
        if isinstance(self.warehouse, GlueWarehouse):
            return f"{GLUE}.{self.warehouse.database}"
        return super()._namespace

    def _location(self, name: str) -> str:
        escaped = str(self.folder / name).replace("\\", "\\\\").replace("'", "\\'")
        return f"LOCATION '{escaped}'"

    def table(self, name: str) -> str:
        """The SQL identifier of a lake table; one that exists is made known to Sail."""
        identifier = super().table(name)
        if isinstance(self.warehouse, GlueWarehouse):
            return identifier
        if name not in self._known and self.table_exists(name):
            self._known.add(name)
            self.spark.sql(
                f"CREATE TABLE IF NOT EXISTS {identifier} USING iceberg {self._location(name)}"
            )
        return identifier

    def gathered(self, rows: DataFrame, columns: Sequence[str]) -> DataFrame:
        """As told by `Engine`, with a task for each processor: Sail's default costs twice that."""
        return rows.repartition(available_processors(), *columns)

    def versions(self) -> dict[str, str]:
        """Versions of Sail, of the pyspark client and of Python."""
        client = self.spark.version
        return {
            "engine": f"sail {version('pysail')}",
            "pyspark": client,
            "python": platform.python_version(),
        }


def start_sail(warehouse: Warehouse | None, *, memory: str | None = None) -> SailEngine:
    """Start a Sail server in this process and open a session on it.

    Args:
        warehouse: The lake's folder or Glue database, or None.
        memory: Upper bound of what queries hold, as `4g`; beyond it they spill to disk or fail.
    """
    os.environ.setdefault("RUST_LOG", "error")
    os.environ.setdefault("SAIL_SPARK__SESSION_TIMEOUT_SECS", str(IDLE_SECONDS))
    settings = {}
    if memory:
        settings["SAIL_RUNTIME__MEMORY_POOL__TYPE"] = "greedy"
        settings["SAIL_RUNTIME__MEMORY_POOL__GREEDY__MAX_SIZE"] = str(in_bytes(memory))
    if isinstance(warehouse, GlueWarehouse):
        settings |= _WITH_GLUE
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    # The server reads its environment once, when it is made.
    with environment(settings):
        server = SparkConnectServer(port=0)
        server.start()
    host, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://{host}:{port}").create()
    # `Etc/UTC`, which some machines have, is refused for Iceberg tables.
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    if threading.current_thread() is threading.main_thread():
        # By now the server has taken Ctrl-C for itself, and no program would end by it.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def stop() -> None:
        spark.stop()
        server.stop()

    return SailEngine(spark, warehouse, stop)


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Variables of this process for a time: another server need not have them."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def in_bytes(memory: str) -> int:
    """Bytes of a size written as Spark writes it: `512m`, `4g`."""
    found = re.fullmatch(r"([0-9]+)([kmg])b?", memory.strip().lower())
    if not found:
        raise ConfigurationError(
            f"{memory!r} is no size", where="memory", cure="write it as 512m or 4g"
        )
    return int(found.group(1)) * _UNITS[found.group(2)]

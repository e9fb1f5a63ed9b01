"""Apache Spark: under spark-submit, in this process, or behind a Spark Connect server."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.util import is_remote_only

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.session.engine import Engine

ICEBERG_PACKAGE = "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0"
DEFAULT_MEMORY = "2g"
# One compiler and one collector thread: small local runs take half the time.
FAST_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class SparkEngine(Engine):
    """The lake is a Hadoop catalog: a folder of tables, found by name."""

    name = "spark"

    def _bind(self) -> None:
        catalog = f"spark.sql.catalog.{self._namespace}"
        self.spark.conf.set(catalog, "org.apache.iceberg.spark.SparkCatalog")
        self.spark.conf.set(f"{catalog}.type", "hadoop")
        self.spark.conf.set(f"{catalog}.warehouse", self.lake.as_uri())
        # A cached table would hide what the other engine committed meanwhile.
        self.spark.conf.set(f"{catalog}.cache-enabled", "false")

    def table(self, name: str) -> str:
        """The SQL identifier of a lake table."""
        # Sail renews the version's hint, not Hadoop's checksum of it: Spark would mistrust the
        # hint, with a stack trace. A file without a checksum is simply read.
        hint = self.lake / name / "metadata" / ".version-hint.text.crc"
        hint.unlink(missing_ok=True)
        return super().table(name)

    def versions(self) -> dict[str, str]:
        """Versions of Spark, of the Iceberg runtime and of Python."""
        return {
            "engine": f"spark {self.spark.version}",
            "iceberg": ICEBERG_PACKAGE.rpartition(":")[2],
            "python": platform.python_version(),
        }


def start_spark(
    warehouse: Path | None, *, memory: str | None = None, master: str | None = None
) -> SparkEngine:
    """Open a Spark session; `open_engine` tells the arguments.

    Raises:
        ConfigurationError: The light environment, or no Java that can be started.
    """
    if master and master.startswith("sc://"):
        spark = SparkSession.builder.remote(master).create()
        return SparkEngine(with_utc(spark), warehouse, spark.stop)
    if is_remote_only():
        raise ConfigurationError(
            "this environment has no Apache Spark (it holds pyspark-client only)",
            where="--engine spark",
            cure="run `make .venv-full` once, then use .venv-full/bin/orders",
        )
    scratch = Path(tempfile.mkdtemp(prefix="orders-spark-"))
    try:
        spark = classic_session(scratch, memory=memory, master=master)
    except PySparkException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise ConfigurationError(
            f"Spark did not start: {error}",
            where="--engine spark",
            cure="Spark 4.1 needs Java 17 or 21; `make .venv-full` brings one along",
        ) from error
    return SparkEngine(with_utc(spark), warehouse, stopping(spark, scratch))


def classic_session(scratch: Path, *, memory: str | None, master: str | None) -> SparkSession:
    """A session in this process's JVM, which spark-submit has started or which is started now."""
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    builder = SparkSession.builder.appName("orders")
    builder = builder.config("spark.sql.warehouse.dir", scratch.as_uri())
    if not submitted:
        builder = builder.config("spark.driver.memory", memory or DEFAULT_MEMORY)
        builder = builder.config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        builder = builder.config("spark.log.level", "WARN")
        if memory is None:
            builder = builder.config("spark.driver.extraJavaOptions", FAST_START)
        if not iceberg_is_configured():
            builder = builder.config("spark.jars.packages", ICEBERG_PACKAGE)
    master = master or (submitted_master() if submitted else "local[*]")
    if master.startswith("local"):
        # Where the machine's own address is closed, tasks would wait for it for ever.
        builder = builder.config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1)))
    return builder.master(master).getOrCreate()


def submitted_master() -> str:
    """The master that spark-submit was given."""
    from pyspark import SparkConf
    from pyspark.core.context import SparkContext

    # Without it a SparkConf of ours would not see what the running JVM was given.
    SparkContext._ensure_initialized()  # noqa: SLF001
    return SparkConf().get("spark.master") or "local[*]"


def iceberg_is_configured() -> bool:
    """Whether this installation's spark-defaults.conf brings the Iceberg jar, as make writes it."""
    import pyspark

    folder = os.environ.get("SPARK_CONF_DIR") or Path(pyspark.__path__[0]) / "conf"
    defaults = Path(folder) / "spark-defaults.conf"
    return defaults.exists() and "iceberg-spark-runtime" in defaults.read_text()


def with_utc(spark: SparkSession) -> SparkSession:
    """The session, in the time zone in which both engines store and read the same instants."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    return spark


def stopping(spark: SparkSession, scratch: Path) -> Callable[[], None]:
    """What ends the session and removes its scratch folder."""

    def stop() -> None:
        spark.stop()
        shutil.rmtree(scratch, ignore_errors=True)

    return stop

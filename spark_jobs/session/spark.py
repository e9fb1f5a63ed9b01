"""Apache Spark: under spark-submit, in this process, or behind a Spark Connect server."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.util import is_remote_only

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.session.engine import Engine
from spark_jobs.session.warehouse import GlueWarehouse, Warehouse

ICEBERG_PACKAGE = "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0"
AWS_PACKAGE = "org.apache.iceberg:iceberg-aws-bundle:1.11.0"
DEFAULT_MEMORY = "2g"
# One compiler and one collector thread: small local runs take half the time. That compiler alone
# has room for 48 MB of code by default: full after minutes, and nothing more would be compiled.
FAST_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m"


class SparkEngine(Engine):
    """The lake is a catalog: Hadoop's, a folder of tables found by name, or Glue's."""

    name = "spark"

    def _bind(self) -> None:
        catalog = f"spark.sql.catalog.{self._catalog}"
        self.spark.conf.set(catalog, "org.apache.iceberg.spark.SparkCatalog")
        # A cached table would hide what the other engine committed meanwhile.
        settings = {"cache-enabled": "false"}
        if isinstance(self.warehouse, GlueWarehouse):
            settings |= glue_settings(self.warehouse)
        else:
            settings |= {"type": "hadoop", "warehouse": self.folder.as_uri()}
        for key, value in settings.items():
            self.spark.conf.set(f"{catalog}.{key}", value)

    @property
    def _catalog(self) -> str:
        return super()._namespace

    @property
    def _namespace(self) -> str:
        if isinstance(self.warehouse, GlueWarehouse):
            return f"{self._catalog}.{self.warehouse.database}"
        return self._catalog

    def table(self, name: str) -> str:
        """The SQL identifier of a lake table."""
        if isinstance(self.warehouse, Path):
            # Sail renews the version's hint, not Hadoop's checksum of it: Spark would mistrust
            # the hint, with a stack trace. A file without a checksum is simply read.
            hint = self.warehouse / name / "metadata" / ".version-hint.text.crc"
            hint.unlink(missing_ok=True)
        return super().table(name)

    def versions(self) -> dict[str, str]:
        """Versions of Spark, of the Iceberg runtime and of Python."""
        return {
            "engine": f"spark {self.spark.version}",
            "iceberg": ICEBERG_PACKAGE.rpartition(":")[2],
            "python": platform.python_version(),
        }


def glue_settings(warehouse: GlueWarehouse) -> dict[str, str]:
    """How Iceberg for Java reaches the lake; credentials it finds by itself.

    The region and an endpoint are told, for the JVM may be another process's child.
    """
    settings = {
        "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "warehouse": warehouse.location,
    }
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        settings["client.region"] = region
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        settings |= {"glue.endpoint": endpoint, "s3.endpoint": endpoint}
        settings["s3.path-style-access"] = "true"
    return settings


def start_spark(
    warehouse: Warehouse | None, *, memory: str | None = None, master: str | None = None
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
        spark = classic_session(
            scratch, memory=memory, master=master, packages=missing_packages(warehouse)
        )
    except PySparkException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise ConfigurationError(
            f"Spark did not start: {error}",
            where="--engine spark",
            cure="Spark 4.1 needs Java 17 or 21; `make .venv-full` brings one along",
        ) from error
    return SparkEngine(with_utc(spark), warehouse, stopping(spark, scratch))


def classic_session(
    scratch: Path, *, memory: str | None, master: str | None, packages: Sequence[str]
) -> SparkSession:
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
        if packages:
            builder = builder.config("spark.jars.packages", ",".join(packages))
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


def missing_packages(warehouse: Warehouse | None) -> list[str]:
    """The Maven packages that a lake needs and spark-defaults.conf, as make writes it, lacks."""
    import pyspark

    folder = os.environ.get("SPARK_CONF_DIR") or Path(pyspark.__path__[0]) / "conf"
    defaults = Path(folder) / "spark-defaults.conf"
    told = defaults.read_text() if defaults.exists() else ""
    wanted = [ICEBERG_PACKAGE]
    if isinstance(warehouse, GlueWarehouse):
        wanted.append(AWS_PACKAGE)
    return [package for package in wanted if package.split(":")[1] not in told]


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

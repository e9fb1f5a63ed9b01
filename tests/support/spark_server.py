"""A Spark Connect server of the tests' own: one JVM, started once, beside the tests.

The workers of xdist share it, each by a session of its own: a second JVM would have to load and
warm up all of Spark again.

Sail is a Spark Connect engine, and a process speaks either Connect or classic PySpark. So the
tests meet Apache Spark through Connect too; classic PySpark is proven by spark-submit.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyspark

from tests.support.aws_server import CREDENTIALS

START_SECONDS = 120
# One compiler and one collector thread; a nursery and a room for classes in which a statement's
# garbage dies without full collections; room for all compiled code (48 MB by default: full after
# two minutes, and nothing more is compiled); no helper process for each of Hadoop's many `chmod`.
JAVA_OPTIONS = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms1g -Xmn600m -XX:MetaspaceSize=512m "
    "-XX:ReservedCodeCacheSize=256m -Djdk.lang.Process.launchMechanism=VFORK"
)
SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    "spark.sql.shuffle.partitions": "2",
    # Small data: what compiles and adapts costs more than it saves (spark-submit's tests have it).
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.connect.grpc.binding.address": "127.0.0.1",
}


@dataclass(frozen=True)
class SparkAddress:
    """Where a server, of this process or of another, will answer."""

    port: int
    log: str

    def url(self) -> str:
        """For `open_engine`, once the server answers; raises with its log when it does not."""
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return f"sc://127.0.0.1:{self.port}"
        raise RuntimeError(f"Spark did not start:\n{Path(self.log).read_text()[-4000:]}")


class SparkServer:
    """The server's process, and where it answers."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="orders-tests-spark-")
        log_file = Path(self._folder.name) / "server.log"
        self.address = SparkAddress(free_port(), str(log_file))
        settings = SETTINGS | {
            "spark.connect.grpc.binding.port": str(self.address.port),
            "spark.sql.warehouse.dir": f"{self._folder.name}/warehouse",
        }
        command = [str(Path(pyspark.__path__[0]) / "bin" / "spark-submit")]
        command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        for key, value in settings.items():
            command += ["--conf", f"{key}={value}"]
        with log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "spark-internal"],
                cwd=self._folder.name,
                env=os.environ | CREDENTIALS,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        """End the server and remove what it left."""
        self._process.terminate()
        self._process.wait(timeout=60)
        self._folder.cleanup()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""DynamoDB Local, Amazon's own code, for tests: conditions, transactions and Numbers as they are.

The fixture `dynamodb_local` is its address, in memory, one for all tests of a run. Its jars are
fetched once, into the environment, by Spark's own resolver and checked against
`requirements/dynamodb-local.txt`.

Py4J starts it: the server's own command line listens on all addresses of the machine, and here it
is told to take the loopback's, on a port that is free.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyspark
import pytest
from py4j.java_gateway import JavaGateway  # type: ignore[import-untyped]

from scripts.prepare_spark import resolve, sha256, system_java

COORDINATES = "com.amazonaws:DynamoDBLocal:2.6.1"
CHECKSUMS = Path(__file__).parents[2] / "requirements" / "dynamodb-local.txt"
FOLDER = Path(sys.prefix) / "dynamodb-local"


def checksums() -> dict[str, str]:
    """sha256 by name of each file."""
    lines = CHECKSUMS.read_text().splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return {name: checksum for checksum, name in pairs}


def fetched() -> Path:
    """The folder with the verified files, fetched unless it is there."""
    wanted = checksums()
    if not _differing(FOLDER, wanted):
        return FOLDER
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        resolve(COORDINATES, Path(folder), java_home())
        jars = Path(folder) / "ivy" / "jars"
        differing = _differing(jars, wanted)
        if differing:
            raise RuntimeError(f"{COORDINATES}: not as in {CHECKSUMS}: {', '.join(differing)}")
        ready = Path(folder) / "ready"
        ready.mkdir()
        for name in wanted:
            shutil.move(jars / name, ready / name)
        shutil.rmtree(FOLDER, ignore_errors=True)
        ready.rename(FOLDER)
    return FOLDER


def java_home() -> Path:
    """The Java that Spark runs on here."""
    return system_java() or Path(sys.prefix) / "java"


class DynamoDBLocal:
    """The server in a Java of its own, which ends with this process; `url` is where it answers."""

    def __init__(self) -> None:
        spark = Path(pyspark.__path__[0]) / "jars"
        self._gateway: Any = JavaGateway.launch_gateway(
            jarpath=str(next(spark.glob("py4j-*.jar"))),
            classpath=f"{fetched()}/*",
            java_path=str(java_home() / "bin" / "java"),
            javaopts=["-Xmx256m", "-XX:TieredStopAtLevel=1"],
            die_on_exit=True,
        )
        local = self._gateway.jvm.com.amazonaws.services.dynamodbv2.local
        options = ("-inMemory", "-disableTelemetry", "-sharedDb")
        arguments = self._gateway.new_array(self._gateway.jvm.String, len(options))
        for index, option in enumerate(options):
            arguments[index] = option
        self._server = local.main.ServerRunner.createServerFromCommandLineArgs(arguments)
        field = self._server.getClass().getDeclaredField("server")
        field.setAccessible(True)
        connector = field.get(self._server).getConnectors()[0]
        connector.setHost("127.0.0.1")
        connector.setPort(0)
        self._server.start()
        self.url = f"http://127.0.0.1:{connector.getLocalPort()}"

    def stop(self) -> None:
        """End the server and its Java, which reads our end of its input."""
        java = self._gateway.java_process
        self._gateway.shutdown()
        java.stdin.close()
        java.wait(timeout=30)


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[str]:
    """Where DynamoDB Local answers; every test uses tables of its own."""
    server = DynamoDBLocal()
    yield server.url
    server.stop()


def _differing(folder: Path, wanted: dict[str, str]) -> list[str]:
    return [
        name
        for name, checksum in wanted.items()
        if not (folder / name).is_file() or sha256(folder / name) != checksum
    ]

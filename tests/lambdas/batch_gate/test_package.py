"""The zips are the same each time, small, and run with nothing but boto3 beside them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
import pytest

from scripts import package_lambdas
from tests.batch.aws.world import ENVIRONMENT, World, client

SCRIPT = Path(__file__).parents[3] / "scripts" / "package_lambdas.py"
RUNTIME = ("boto3", "botocore", "s3transfer", "dateutil", "urllib3", "six.py", "jmespath")
"""What AWS's own runtime has."""
CALL = """
import json, sys
sys.path[:0] = sys.argv[1:3]
from {name}.handler import handler
print(json.dumps(handler(json.loads(sys.argv[3]), None)))
"""


@pytest.fixture(scope="session")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both zips."""
    return made(tmp_path_factory.mktemp("zips"))


def made(folder: Path) -> Path:
    subprocess.run([sys.executable, SCRIPT, "--folder", folder], check=True)
    return folder


def test_a_second_run_gives_the_same_bytes(zips, tmp_path):
    again = made(tmp_path)
    for name in ("batch_gate.zip", "cleanup.zip"):
        assert (again / name).read_bytes() == (zips / name).read_bytes()


def test_a_zip_is_never_seen_half_written_and_stays_where_nothing_changed(tmp_path):
    target, source = tmp_path / "a.zip", tmp_path / "a.py"
    source.write_text("first = 1\n")
    first = package_lambdas.write_zip(target, {"a.py": source}).stat()
    package_lambdas.write_zip(target, {"a.py": source})
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    with target.open("rb") as reader:  # Terraform is reading it
        source.write_text("second = 2\n")
        package_lambdas.write_zip(target, {"a.py": source})
        with zipfile.ZipFile(reader) as archive:
            assert archive.read("a.py") == b"first = 1\n"
    with zipfile.ZipFile(target) as archive:
        assert archive.read("a.py") == b"second = 2\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "a.zip"]


@pytest.mark.parametrize("name", ["batch_gate", "cleanup"])
def test_a_zip_is_small_pure_and_carries_no_boto3(zips, name):
    file = zips / f"{name}.zip"
    assert file.stat().st_size < 2_000_000
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert f"{name}/handler.py" in names
    tops = {place.partition("/")[0] for place in names}
    assert not tops & {"boto3", "botocore", "pyspark", "step_functions", "tests"}
    parts = {place.split("/")[1] for place in names if place.startswith("spark_jobs/")}
    assert parts == {"__init__.py", "facts", "batch"}
    assert not [place for place in names if place.endswith((".so", ".pyc"))]


def test_the_gate_runs_from_its_zip_with_nothing_but_boto3_beside_it(zips, aws, tmp_path):
    client.cache_clear()
    try:
        world = World()
        world.drop("landing/orders.csv")
        world.drop("landing/order_items.csv")
        answer = run(zips, tmp_path, "batch_gate", {"sweep": True}, aws.environment)
        (batch,) = world.batches()
    finally:
        client.cache_clear()
    assert answer["found"] == 2
    assert answer["started"] == f"{batch['sk']}-r1"


def run(zips, folder, name, event, environment) -> dict:
    """The Lambda's answer, from an interpreter that sees its zip and the runtime's packages."""
    code, runtime = folder / "code", folder / "runtime"
    with zipfile.ZipFile(zips / f"{name}.zip") as archive:
        archive.extractall(code)
    runtime.mkdir()
    site = Path(boto3.__file__).parents[1]
    for package in RUNTIME:
        (runtime / package).symlink_to(site / package)
    arguments = [str(code), str(runtime), json.dumps(event)]
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CALL.format(name=name), *arguments],
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    answer: dict = json.loads(ended.stdout.splitlines()[-1])
    return answer

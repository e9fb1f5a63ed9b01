"""What the images are made of, checked without an engine; scripts/try_images.sh runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from spark_jobs.session.spark import ICEBERG_PACKAGE

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
SCRIPTS = [
    *sorted(DOCKER.glob("*.sh")),
    *(ROOT / "scripts" / f"{name}.sh" for name in ("build_images", "push_to_cloud", "try_images")),
]


def dockerfile() -> str:
    return (DOCKER / "Dockerfile").read_text(encoding="utf-8")


def lock(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE))


def tool(name: str) -> str:
    return str(Path(sys.prefix) / "bin" / name)


def test_hadolint_has_nothing_to_say() -> None:
    told = subprocess.run(
        [tool("hadolint"), DOCKER / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    call = [tool("shellcheck"), "--external-sources", str(script)]
    told = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize("name", ["build_images", "push_to_cloud", "try_images"])
def test_each_script_helps_and_refuses_what_it_does_not_know(name: str) -> None:
    script = ROOT / "scripts" / f"{name}.sh"
    helped = subprocess.run([script, "--help"], capture_output=True, text=True, check=False)
    refused = subprocess.run([script, "--nonsense"], capture_output=True, text=True, check=False)
    assert helped.returncode == 0
    assert helped.stdout.startswith(f"Usage: scripts/{name}.sh")
    assert refused.returncode == 64


def test_the_default_base_is_a_digest() -> None:
    pinned = r"^ARG BASE=python:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}$"
    assert re.search(pinned, dockerfile(), re.MULTILINE)


def test_both_targets_stand_on_the_same_layers_and_end_in_their_own_command() -> None:
    for job in ("validate", "transform"):
        stage = dockerfile().split(f"\nFROM runtime AS {job}\n")[1].split("\nFROM ")[0]
        assert stage.rstrip().endswith(f'ENTRYPOINT ["/usr/bin/tini", "--", "orders", "{job}"]')
        assert not re.search(r"^(RUN|COPY|ADD) ", stage, re.MULTILINE)


def test_user_and_volumes_are_those_of_the_task_definition() -> None:
    tasks = (ROOT / "terraform" / "tasks.tf").read_text(encoding="utf-8")
    [user] = re.findall(r"^USER (.*)$", dockerfile(), re.MULTILINE)
    assert re.search(rf'user\s*=\s*"{user}"', tasks)
    assert 'VOLUME ["/tmp", "/work"]' in dockerfile()
    assert {'"/tmp"', '"/work"'} <= set(re.findall(r'"/[a-z]+"', tasks))


def test_the_context_is_what_the_tag_is_computed_from() -> None:
    lines = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    script = (ROOT / "scripts" / "build_images.sh").read_text(encoding="utf-8")
    [context] = re.findall(r"^context=\((.*)\)$", script, re.MULTILINE)
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == set(context.split())


def test_spark_finds_the_very_jars_that_are_fetched() -> None:
    packages = (ROOT / "requirements" / "spark-packages.txt").read_text(encoding="utf-8")
    coordinates = re.findall(r"^(\S+) sha256:[0-9a-f]{64}$", packages, re.MULTILINE)
    jars = ["/opt/orders/jars/{1}-{2}.jar".format(*each.split(":")) for each in coordinates]
    assert ICEBERG_PACKAGE in coordinates
    defaults = (DOCKER / "spark-defaults.conf").read_text(encoding="utf-8")
    for program in ("driver", "executor"):
        assert f"spark.{program}.extraClassPath {':'.join(jars)}\n" in defaults
    assert "hadoop-aws" not in packages


@pytest.mark.parametrize("name", ["light", "spark"])
def test_an_image_runs_the_versions_that_the_tests_run(name: str) -> None:
    image, tested = lock(name), lock("full")
    image.pop("pyspark-client", None)  # in the full set it is part of pyspark
    assert len(image) > 60
    assert image.items() <= tested.items()


def test_an_image_has_one_pyspark() -> None:
    assert "pyspark" not in lock("light")
    assert "pyspark-client" not in lock("spark")


def test_slimming_removes_what_is_listed_and_nothing_else(tmp_path: Path) -> None:
    packages, listed = tmp_path / "site-packages", tmp_path / "list.txt"
    for path in ("a/tests/t.py", "a/b/tests/t.py", "a/testing.py", "flight.so.1", "tests_of.py"):
        (packages / path).parent.mkdir(parents=True, exist_ok=True)
        (packages / path).touch()
    listed.write_text("# a comment\n\n*/tests\nflight.so*\nabsent\n")
    subprocess.run([DOCKER / "slim.sh", packages, listed], check=True)
    left = {str(p.relative_to(packages)) for p in packages.rglob("*") if p.is_file()}
    assert left == {"a/testing.py", "tests_of.py"}


@pytest.mark.parametrize(("content", "accepted"), [(b"jar", True), (b"other", False)])
def test_a_jar_with_another_checksum_is_refused(
    tmp_path: Path, content: bytes, accepted: bool
) -> None:
    jar = tmp_path / "m2" / "org" / "x" / "lake" / "1.0" / "lake-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(content)
    packages = tmp_path / "packages.txt"
    # sha256 of b"jar"
    checksum = "0163f1eea7894350060624d315234d40c508ab251ba121714e234503045faadd"
    packages.write_text(f"# comment\norg.x:lake:1.0 sha256:{checksum}\n")
    places = ["--from", (tmp_path / "m2").as_uri(), "--into", str(tmp_path / "jars")]
    told = subprocess.run(
        [sys.executable, str(DOCKER / "fetch_jars.py"), *places, str(packages)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode == 0) is accepted
    assert (tmp_path / "jars" / "lake-1.0.jar").exists() is accepted
    assert accepted or "the list says" in told.stderr


@pytest.mark.parametrize(("revenue", "code"), [("10.50", 0), ("10.51", 1), ("", 1)])
def test_the_comparison_finds_a_cent(tmp_path: Path, revenue: str, code: int) -> None:
    expected = tmp_path / "expected.csv"
    expected.write_text("order_date,total_revenue,return_rate_orders\n2025-03-08,10.5,0.2\n")
    found = "order_date,total_revenue,net_revenue,return_rate\n"
    if revenue:
        found += f"2025-03-08,{revenue},1.00,0.2000\n"
    told = subprocess.run(
        [sys.executable, ROOT / "scripts" / "compare_kpis.py", expected],
        input=found,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == code, told.stdout

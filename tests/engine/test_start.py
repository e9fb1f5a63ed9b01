"""How engines start where things are missing or set otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.session import Engine, GlueWarehouse
from spark_jobs.session.sail import in_bytes

ROOT = Path(__file__).resolve().parents[2]
LIGHT = ROOT / ".venv" / "bin" / "python"
READ = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from spark_jobs.session import open_engine
with open_engine("spark", Path({lake!r})) as engine:
    engine.merge("seen", engine.spark.sql("SELECT '2' AS id"), "t.id = s.id")
    print("seen:", [row.id for row in engine.read("seen").orderBy("id").collect()])
"""


@pytest.mark.spark
@pytest.mark.slow
def test_spark_submit_works_on_a_lake_that_sail_wrote(sail_engine: Engine, tmp_path: Path) -> None:
    lake = sail_engine.for_warehouse(tmp_path / "lake")
    lake.create_table("seen", "id string")
    lake.insert("seen", lake.spark.sql("SELECT '1' AS id"))
    job = tmp_path / "job.py"
    job.write_text(READ.format(root=str(ROOT), lake=str(tmp_path / "lake")))
    submit = Path(pyspark.__path__[0]) / "bin" / "spark-submit"
    # The tests speak Spark Connect, and say so to their children by the environment.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SPARK_")}

    ended = subprocess.run(
        [submit, "--master", "local[2]", job],
        cwd=tmp_path,
        env=environment | {"PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "seen: ['1', '2']" in ended.stdout, ended.stderr[-3000:]
    assert ended.returncode == 0
    assert "ChecksumException" not in ended.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["job.py", "lake"]


@pytest.mark.skipif(not LIGHT.exists(), reason="the light environment (.venv) is not made")
def test_spark_in_the_light_environment_says_what_to_do() -> None:
    code = "from spark_jobs.session import open_engine; open_engine('spark')"

    ended = subprocess.run(
        [LIGHT, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (
        "ConfigurationError: --engine spark: this environment has no Apache Spark" in ended.stderr
    )
    assert "run `make .venv-full` once, then use .venv-full/bin/orders" in ended.stderr


@pytest.mark.parametrize(
    ("written", "size"), [("512m", 512 * 2**20), ("4g", 4 * 2**30), ("4GB", 4 * 2**30)]
)
def test_memory_is_written_as_spark_writes_it(written: str, size: int) -> None:
    assert in_bytes(written) == size


@pytest.mark.parametrize("written", ["", "4", "4.5g", "much"])
def test_memory_that_is_no_size_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError, match="write it as 512m or 4g"):
        in_bytes(written)


IN_PROCESS = """
import sys
sys.path.insert(0, {root!r})
from spark_jobs.session import open_engine
with open_engine("spark", memory="700m", master="local[1]") as engine:
    heap = engine.spark._jvm.java.lang.Runtime.getRuntime().maxMemory()
    print("heap:", heap // 2**20)
"""


@pytest.mark.spark
@pytest.mark.slow
def test_the_heap_of_spark_in_this_process_is_what_was_asked_for(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SPARK_")}

    ended = subprocess.run(
        [sys.executable, "-c", IN_PROCESS.format(root=str(ROOT))],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr[-3000:]
    assert 600 <= int(ended.stdout.partition("heap: ")[2]) <= 700


def test_sail_that_was_started_without_glue_says_so(sail_engine: Engine) -> None:
    lake = GlueWarehouse("order_lake", "s3://orders-lake/warehouse")
    with pytest.raises(ConfigurationError, match="give the Glue warehouse to open_engine"):
        sail_engine.for_warehouse(lake)


@pytest.mark.parametrize(
    ("database", "location"),
    [
        ("order-lake", "s3://orders-lake/warehouse"),
        ("order_lake", "s3://orders-lake/warehouse/"),
        ("order_lake", "/data/warehouse"),
        ("order_lake", "s3://orders-lake/ware'house"),
    ],
)
def test_what_is_no_database_or_place_is_refused(database: str, location: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no (name|place)"):
        GlueWarehouse(database, location)


def test_places_on_s3_have_a_bucket_and_a_prefix() -> None:
    lake = GlueWarehouse("order_lake", "s3://orders-lake/a/b")
    assert (lake.bucket, lake.prefix) == ("orders-lake", "a/b/")
    bare = GlueWarehouse("order_lake", "s3://orders-lake")
    assert (bare.bucket, bare.prefix) == ("orders-lake", "")

"""How engines start where things are missing or set otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.session import Engine
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

"""Measuring real processes, and reading a run's stages from what it told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bench.pipeline import Load, published_at, stages_of
from scripts.bench.process import ROOT, Mark, Measured, StepError, measure
from scripts.bench.report import Results
from scripts.bench.shops import RECEIVED, Shop
from scripts.bench.steps import Beside

MARKS = (
    Mark("starting the engine ...", 1.0, 0.5),
    Mark("a warning of some library", 1.5, 0.6),
    Mark("reading the files ...", 2.0, 1.5),
    Mark("publishing the KPIs ...", 4.0, 4.5),
    Mark("computing the insights ...", 5.0, 5.0),
    Mark("reading the files ...", 6.0, 5.5),
)
RUN = Measured(seconds=8.0, cpu=7.5, peak_mb=900.0, output="", marks=MARKS)


def test_the_stages_add_up_to_the_whole_and_repeated_ones_are_added() -> None:
    stages = {stage.name: (stage.seconds, stage.cpu) for stage in stages_of(RUN)}
    assert stages == {
        "start": (1.0, 0.5),
        "engine": (1.0, 1.0),
        "preflight": (4.0, 5.0),
        "publish": (1.0, 0.5),
        "marts": (1.0, 0.5),
    }
    assert sum(seconds for seconds, _ in stages.values()) == RUN.seconds


def test_the_kpi_tables_are_published_when_the_marts_begin() -> None:
    assert published_at(MARKS).seconds == 5.0


def test_a_run_that_published_nothing_is_told() -> None:
    with pytest.raises(StepError, match="published nothing"):
        published_at(MARKS[:3])


SHOWN = """
from pathlib import Path
from scripts.bench.process import measure
measured = measure("platform", "--terse", folder=Path("new"), cpus=1, whole_group=True)
print(bool(measured.output.strip()), measured.seconds, measured.peak_mb)
"""


def test_a_process_is_measured_from_start_to_finish(tmp_path: Path) -> None:
    """By a small process, as it must be: this one may hold gigabytes, which a child is told of."""
    command = [sys.executable, "-c", SHOWN]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    has_output, seconds, peak_mb = told.stdout.split()
    assert has_output == "True"
    assert 0 < float(seconds) < 60
    assert 1 < float(peak_mb) < 1_000


def test_a_process_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"(?s)exit code 1 of: .*no_such_module.*No module named"):
        measure("no_such_module", folder=tmp_path)


def test_settings_of_the_pipeline_do_not_reach_what_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_ENGINE", "spark")
    told = measure("spark_jobs.cli", "config", "--format", "json", folder=tmp_path).output
    assert "ORDERS_ENGINE" not in told
    assert '"engine"' in told


def a_load(seconds: float, published: float, peak_mb: float = 900.0) -> Load:
    whole = Measured(seconds, seconds, peak_mb, "")
    return Load(whole, Mark("", published, published), (), {})


def test_the_targets_are_held_against_what_they_are_about(tmp_path: Path) -> None:
    shop = Shop(10, tmp_path / "batch1", tmp_path / "batch2")
    peer = Measured(4.0, 8.0, 1_000.0, "")
    results = Results(2.0, 2.0, [Beside(shop, peer, a_load(18.0, 13.0), a_load(6.0, 5.0))])
    results.spark, results.large = a_load(130.0, 100.0), a_load(82.0, 70.0, 4_100.0)
    results.exercise = a_load(5.5, 5.0)
    rows = {row.what: (row.figure, row.met) for row in results.rows()}
    assert rows == {
        "import of Great Expectations": (None, None),
        "10x DuckDB script": (None, None),
        "10x KPI tables published": (2.75, True),
        "10x everything": (4.0, True),
        "10x batch of 1 %": (25.0, True),
        "10x on Apache Spark": (8.0, True),
        "50x everything": (5.0, True),
        "50x memory": (4_100.0, False),
        "exercise, cold": (3.5, True),
    }


def test_other_scales_have_figures_but_no_targets(tmp_path: Path) -> None:
    shop = Shop(1, tmp_path / "batch1", tmp_path / "batch2")
    peer = Measured(1.0, 2.0, 100.0, "")
    results = Results(2.0, 2.0, [Beside(shop, peer, a_load(8.0, 7.0), a_load(6.0, 5.0))])
    results.skipped["exercise, cold"] = "it is not there"
    assert [row.met for row in results.rows()] == [None] * 6
    assert results.rows()[-1].note == "skipped: it is not there"


def test_the_later_batch_arrives_after_the_load() -> None:
    assert RECEIVED[0] < RECEIVED[1]

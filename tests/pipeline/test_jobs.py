"""Validate and transform apart: the same as a run, repeatable, and nothing is added twice."""

import json
from pathlib import Path

import pytest

from spark_jobs.contracts.model import DatasetContract
from spark_jobs.contracts.predicates import Predicate, predicates
from spark_jobs.facts.errors import FatalError, UsageError
from spark_jobs.facts.violations import RecordCode
from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline import check_files, run_batch, transform_folder, validate_folder
from spark_jobs.session import Engine
from tests.builders import a_shop_file, an_order
from tests.pipeline.shop import (
    EVENING,
    a_landing,
    assert_fits_schema,
    contents,
    lake_of,
    orders_with_bad_ones,
    received,
    rows,
)


def test_both_jobs_apart_leave_the_lake_that_a_run_leaves(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, staged = a_landing(tmp_path / "in"), tmp_path / "staged"
    a_shop_file(landing / "orders" / "b.csv", orders_with_bad_ones(39, 1))
    (landing / "orders" / "c.csv").write_text("order_id,color\n1,red\n")
    validated = validate_folder(sail_engine, landing, staged, options=received())
    document = json.loads((staged / "verdict.json").read_text("utf-8"))
    assert_fits_schema(document)
    assert validated.verdict is Verdict.PARTIAL
    assert document["totals"] == {
        "files": 5,
        "records": 45,
        "staged": 43,
        "quarantined": 1,
        "in_rejected_file": 1,
    }
    transform_folder(sail_engine, staged, tmp_path / "apart")
    apart = contents(lake_of(sail_engine, tmp_path / "apart"))
    report = run_batch(sail_engine, landing, tmp_path / "together", options=received())
    assert report.batch_id == validated.batch_id
    assert contents(lake_of(sail_engine, tmp_path / "together")) == apart
    assert len(apart["orders"]) == 39


def test_a_transform_run_again_changes_nothing(sail_engine: Engine, tmp_path: Path) -> None:
    landing, staged, lake = a_landing(tmp_path / "in"), tmp_path / "staged", tmp_path / "lake"
    validate_folder(sail_engine, landing, staged, options=received())
    first = transform_folder(sail_engine, staged, lake)
    tables = lake_of(sail_engine, lake)
    before = (
        contents(tables),
        rows(tables, "order_kpi_table"),
        rows(tables, "batches", ["versions"]),
    )
    again = transform_folder(sail_engine, staged, lake)
    assert len(first.changes) == 1
    assert again.changes == ()
    after = contents(tables), rows(tables, "order_kpi_table"), rows(tables, "batches", ["versions"])
    assert after[:2] == before[:2]
    assert len(after[2]) == 1


def test_what_a_lake_received_meanwhile_is_not_added_again(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, staged, lake = a_landing(tmp_path / "in"), tmp_path / "staged", tmp_path / "lake"
    validate_folder(sail_engine, landing, staged, options=received(EVENING))
    run_batch(sail_engine, landing, lake, options=received())
    tables = lake_of(sail_engine, lake)
    before = contents(tables)
    report = transform_folder(sail_engine, staged, lake)
    assert report.changes == ()
    assert sum(receipt.stored for receipt in report.receipts.values()) == 0
    assert contents(tables) == before


def test_a_folder_that_is_no_staged_batch_is_not_touched(
    sail_engine: Engine, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds no staged batch"):
        validate_folder(sail_engine, a_landing(tmp_path / "in"), mine)
    assert [path.name for path in mine.iterdir()] == ["letter.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="nothing new to validate"):
        validate_folder(sail_engine, tmp_path / "empty", tmp_path / "staged")


def test_a_check_needs_no_lake_and_leaves_no_trace(sail_engine: Engine, tmp_path: Path) -> None:
    bad = a_shop_file(tmp_path / "orders" / "x.csv", orders_with_bad_ones(39, 1))
    before = sorted(tmp_path.rglob("*"))
    verdict = check_files(sail_engine, [bad], options=received())
    [file] = verdict.files
    assert (file.verdict, file.dataset, file.staged, file.quarantined) == (
        Verdict.PARTIAL,
        "orders",
        39,
        1,
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_a_fault_in_the_split_is_stopped_by_the_referee(
    sail_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing, lake = a_landing(tmp_path / "in"), tmp_path / "lake"
    run_batch(sail_engine, landing, lake, options=received())
    tables = lake_of(sail_engine, lake)
    before = contents(tables), rows(tables, "batches")
    wrong = {**an_order("99"), "order_id": "x99"}
    a_shop_file(landing / "orders" / "b.csv", [an_order(str(n)) for n in range(2, 60)] + [wrong])

    def faulty(rules: DatasetContract, *, key_is_generated: bool = False) -> list[Predicate]:
        found = predicates(rules, key_is_generated=key_is_generated)
        return [rule for rule in found if rule.code != RecordCode.BAD_PATTERN]

    monkeypatch.setattr("spark_jobs.rules.split.predicates", faulty)
    with pytest.raises(FatalError, match=r"referee contradicts the row rules.*order_id.*1 rows"):
        run_batch(sail_engine, landing, lake, options=received(EVENING))
    assert (contents(tables), rows(tables, "batches")) == before
    monkeypatch.undo()
    report = run_batch(sail_engine, landing, lake, options=received(EVENING))
    assert report.verdict is Verdict.PARTIAL
    assert len(rows(tables, "orders")) == 59

"""Which files of a landing folder count as new, and when they were received."""

import json
from pathlib import Path

from spark_jobs.contracts.files import fingerprint
from spark_jobs.facts.violations import FileCode, SkipCode
from spark_jobs.facts.words import Verdict
from spark_jobs.pipeline import run_batch
from spark_jobs.session import Engine
from tests.builders import a_product, a_shop_file, an_order
from tests.pipeline.shop import (
    BUNDLED,
    EVENING,
    MORNING,
    a_landing,
    contents,
    lake_of,
    orders_with_bad_ones,
    received,
    rows,
    tolerant_contracts,
)


def test_a_content_counts_once_whatever_it_is_called(sail_engine: Engine, tmp_path: Path) -> None:
    landing, lake = a_landing(tmp_path / "in"), tmp_path / "lake"
    twin = landing / "orders" / "b.csv"
    twin.write_bytes((landing / "orders" / "a.csv").read_bytes())
    first = run_batch(sail_engine, landing, lake, options=received())
    assert first.verdict is Verdict.ACCEPTED
    assert [(f.name, f.problems[0].message) for f in first.skipped] == [
        ("orders/b.csv", "the same content as orders/a.csv")
    ]
    before = contents(lake_of(sail_engine, lake))
    (landing / "orders" / "a.csv").rename(landing / "orders" / "c.csv")
    again = run_batch(sail_engine, landing, lake, options=received(EVENING))
    assert (again.verdict, again.batch) == (Verdict.ACCEPTED, None)
    assert {f.name for f in again.skipped} == {
        "orders/b.csv",
        "orders/c.csv",
        "order_items/a.csv",
        "products/a.csv",
    }
    assert all(first.batch_id in f.problems[0].message for f in again.skipped if first.batch_id)
    assert contents(lake_of(sail_engine, lake)) == before


def test_nothing_new_is_no_batch_and_foreign_files_are_named_and_left(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, lake = tmp_path / "in", tmp_path / "lake"
    landing.mkdir()
    assert run_batch(sail_engine, landing, lake).verdict is None
    (landing / "notes.csv").write_text("to do,done\nrest,\n")
    (landing / ".hidden.csv").write_text("x\n")
    report = run_batch(sail_engine, landing, lake, options=received(archive=tmp_path / "done"))
    assert (report.verdict, report.batch, report.skipped) == (None, None, ())
    assert [name for name, _ in report.ignored] == ["notes.csv"]
    assert sorted(path.name for path in landing.iterdir()) == [".hidden.csv", "notes.csv"]


def test_a_rejected_batch_is_in_the_tables_and_is_judged_anew_under_other_contracts(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, lake = tmp_path / "in", tmp_path / "lake"
    a_shop_file(landing / "orders" / "a.csv", orders_with_bad_ones(3, 1))
    first = run_batch(sail_engine, landing, lake, options=received())
    assert first.verdict is Verdict.REJECTED
    tables = lake_of(sail_engine, lake)
    [batch], [file] = rows(tables, "batches"), rows(tables, "received_files")
    assert (batch["batch_id"], batch["verdict"], batch["in_rejected_files"]) == (
        first.batch_id,
        "rejected",
        4,
    )
    assert json.loads(batch["counts_by_rule"])[FileCode.TOO_MANY_BAD_RECORDS] == 1
    assert (file["file"], file["verdict"], file["staged"]) == ("orders/a.csv", "rejected", 0)
    assert rows(tables, "orders") == rows(tables, "order_kpi_table") == []

    archive = tmp_path / "done"
    again = run_batch(sail_engine, landing, lake, options=received(EVENING, archive=archive))
    [skipped] = again.skipped
    assert (again.verdict, skipped.verdict) == (Verdict.ACCEPTED, Verdict.SKIPPED)
    [problem] = skipped.problems
    assert problem.code == SkipCode.REJECTED_BEFORE
    assert problem.message == (
        f"rejected before as orders/a.csv in batch {first.batch_id} (too_many_bad_records), "
        "and unchanged: correct the records and send the file again"
    )
    [archived] = archive.rglob("*.csv")
    assert archived.relative_to(archive).parts[0] == "invalid"
    a_shop_file(landing / "orders" / "a.csv", orders_with_bad_ones(3, 1))

    contracts = tolerant_contracts(tmp_path / "contracts")
    other = run_batch(sail_engine, landing, lake, options=received(EVENING, contracts=contracts))
    assert other.verdict is Verdict.PARTIAL
    assert [(f.staged, f.quarantined, f.received_at) for f in other.files] == [(3, 1, MORNING)]
    assert {row["received_at"].hour for row in rows(tables, "orders")} == {MORNING.hour}
    [bad] = rows(tables, "quarantine")
    assert (bad["record"], bad["row_key"], bad["line"]) == (4, "4", 5)
    assert bad["violations"][0].startswith("missing_value: customer_id is empty")


def test_one_content_in_the_folders_of_two_datasets_is_judged_in_each(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, lake = a_landing(tmp_path / "in"), tmp_path / "lake"
    text = (landing / "orders" / "a.csv").read_bytes()
    (landing / "products" / "wrong.csv").write_bytes(text)
    first = run_batch(sail_engine, landing, lake, options=received())
    assert first.verdict is Verdict.PARTIAL
    wrong = next(file for file in first.files if file.name == "products/wrong.csv")
    assert [problem.code for problem in wrong.problems] == [FileCode.OTHER_DATASET]
    right = next(file for file in first.files if file.name == "orders/a.csv")
    assert (right.verdict, right.sha256) == (Verdict.ACCEPTED, wrong.sha256)
    assert len(rows(lake_of(sail_engine, lake), "received_files")) == 4
    assert run_batch(sail_engine, landing, lake, options=received()).batch is None


def test_the_archive_takes_what_was_judged_and_leaves_what_was_overwritten(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, lake, archive = a_landing(tmp_path / "in"), tmp_path / "lake", tmp_path / "done"
    (landing / "orders" / "bad.csv").write_text("order_id,color\n1,red\n")
    changing = landing / "products" / "a.csv"
    times = dict.fromkeys(["orders/a.csv", "orders/bad.csv"], EVENING)
    times |= dict.fromkeys(["products/a.csv", "order_items/a.csv"], MORNING)
    options = received(archive=archive)
    options.received_at = times

    def overwrite(stage: str) -> None:
        if stage == "split":
            a_shop_file(changing, [a_product("1", category="Other")])

    options.on_stage = overwrite
    report = run_batch(sail_engine, landing, lake, options=options)
    assert {file.name: file.received_at for file in report.files} == times
    left = sorted(path.relative_to(landing).as_posix() for path in landing.rglob("*.csv"))
    assert left == ["products/a.csv"]
    shas = {file.name: file.sha256[:12] for file in report.files}
    moved = {path.relative_to(archive).as_posix() for path in archive.rglob("*.csv")}
    assert moved == {
        f"processed/{shas['orders/a.csv']}/orders/a.csv",
        f"processed/{shas['order_items/a.csv']}/order_items/a.csv",
        f"invalid/{shas['orders/bad.csv']}/orders/bad.csv",
    }
    following = run_batch(sail_engine, landing, lake, options=received(EVENING))
    assert [(f.name, f.verdict) for f in following.files] == [("products/a.csv", "accepted")]
    [product] = rows(lake_of(sail_engine, lake), "products")
    assert product["category"] == "Other"


def test_the_fingerprint_tells_contracts_apart_by_their_text(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in BUNDLED.glob("*.yaml"):
        (copy / path.name).write_bytes(path.read_bytes())
    assert fingerprint(copy) == fingerprint(None)
    with (copy / "basic.yaml").open("a") as file:
        file.write("# changed\n")
    assert fingerprint(copy) != fingerprint(None)


def test_an_edited_file_is_another_content_with_its_own_time(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, lake = a_landing(tmp_path / "in"), tmp_path / "lake"
    run_batch(sail_engine, landing, lake, options=received())
    a_shop_file(landing / "orders" / "a.csv", [an_order("1", status="returned")])
    report = run_batch(sail_engine, landing, lake, options=received(EVENING))
    judged = [(f.name, f.received_at) for f in report.files if f.verdict is not Verdict.SKIPPED]
    assert judged == [("orders/a.csv", EVENING)]
    assert [row["status"] for row in rows(lake_of(sail_engine, lake), "orders")] == ["returned"]


def test_all_or_nothing_holds_for_as_long_as_the_rejected_file_lies_there(
    sail_engine: Engine, tmp_path: Path
) -> None:
    landing, lake = tmp_path / "in", tmp_path / "lake"
    a_shop_file(landing / "orders" / "good.csv", [an_order("1")])
    a_shop_file(landing / "orders" / "bad.csv", [{**an_order("2"), "user_id": ""}])
    strict = received(all_or_nothing=True)
    for _ in range(2):
        report = run_batch(sail_engine, landing, lake, options=strict)
        assert report.verdict is Verdict.REJECTED
        told = {file.name: file.problems[0].code for file in report.files}
        assert told == {
            "orders/good.csv": FileCode.BATCH_REJECTED,
            "orders/bad.csv": FileCode.TOO_MANY_BAD_RECORDS,
        }
    (landing / "orders" / "bad.csv").unlink()
    report = run_batch(sail_engine, landing, lake, options=strict)
    assert (report.verdict, [file.staged for file in report.files]) == (Verdict.ACCEPTED, [1])

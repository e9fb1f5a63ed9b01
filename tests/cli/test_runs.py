"""The real command on Sail, as a process without a terminal (forked, but where it must start)."""

import json
import os
import re
import signal
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from spark_jobs.batch.lock import lake_lock
from tests.builders import a_shop_file, an_order
from tests.cli.conftest import a_shop, run_orders, run_quickly, start_orders


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a partly bad shop was run into the lake `lake`; the report beside it."""
    folder = tmp_path_factory.mktemp("shop")
    a_shop(folder / "landing", bad_records=1)
    (folder / "landing/notes.txt").write_text("call the printer\n")
    done = run_orders("run", "landing", "--lake", "lake", "--json", "--quiet", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    (folder / "report.json").write_text(done.stdout)
    return folder


def test_a_run_reports_both_sums_as_one_json_document(shop: Path) -> None:
    report = json.loads((shop / "report.json").read_text(), parse_float=Decimal)
    assert report["verdict"] == "partial"
    totals, receipt = report["batch"]["totals"], report["transform"]["receipt"]
    assert totals["records"] == 63 + 4 + 1
    assert (
        totals["records"] == totals["staged"] + totals["quarantined"] + totals["in_rejected_file"]
    )
    assert totals["staged"] == sum(receipt.values())
    assert [file["name"] for file in report["ignored"]] == ["notes.txt"]
    assert report["transform"]["held"] == 1
    (first, second) = report["transform"]["days_changed"]
    assert (first["order_date"], first["before"]) == ("2025-03-08", None)
    assert second["after"]["total_revenue"] == Decimal("30.00")


def test_the_daily_kpis_are_exact_in_csv(shop: Path) -> None:
    done = run_quickly("kpis", "daily", "--lake", "lake", "--format", "csv", cwd=shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "order_date,total_orders,cancelled_orders,total_revenue,net_revenue,avg_order_value,"
        "total_items_sold,return_rate,unique_customers\n"
        "2025-03-08,61,60,20.00,20.00,20.00,2,0.0000,1\n"
        "2025-03-09,1,0,30.00,30.00,30.00,1,0.0000,1\n"
    )


def test_a_batch_is_shown_file_by_file_and_its_judgement_as_pages(shop: Path) -> None:
    batch_id = json.loads((shop / "report.json").read_text())["batch"]["batch_id"]
    done = run_quickly("batches", batch_id, "--lake", "lake", "--format", "csv", cwd=shop)
    files = [row.split(",")[:3] for row in done.stdout.splitlines()[1:]]
    assert [row[0] for row in files] == ["order_items", "orders", "products"]
    assert (done.returncode, done.stderr) == (0, "")
    done = run_quickly("batches", batch_id, "--lake", "lake", "--data-docs", "pages", cwd=shop)
    pages = sorted(page.name for page in (shop / "pages").iterdir())
    assert pages == ["order_items-thelook.html", "orders-thelook.html", "products-thelook.html"]
    page = (shop / "pages/orders-thelook.html").read_text()
    assert "expect_column" in page or "values must" in page
    assert not re.search(r"(src=|url\(|<link[^>]*href=)[\"']?https?:", page)
    done = run_quickly("batches", "nosuch", "--lake", "lake", cwd=shop)
    assert (done.returncode, done.stdout) == (64, "")


def test_a_rejected_batch_that_is_finished_by_the_next_run_is_not_green(tmp_path: Path) -> None:
    a_shop_file(tmp_path / "landing/orders/orders.csv", [an_order("1", at="yesterday")])
    command = ("run", "landing", "--lake", "lake")
    killed = run_quickly(*command, cwd=tmp_path, ORDERS_KILL_AT="before:write_history")
    assert killed.returncode == -signal.SIGKILL
    again = run_quickly(*command, cwd=tmp_path)
    assert again.returncode == 3
    assert "REJECTED" in again.stdout
    assert run_quickly(*command, cwd=tmp_path).returncode == 0


def test_days_that_run_backwards_are_refused(shop: Path) -> None:
    days = ("--from", "2025-03-09", "--to", "2025-03-08")
    done = run_quickly("kpis", "daily", "--lake", "lake", *days, cwd=shop)
    assert (done.returncode, done.stdout) == (64, "")
    assert "comes before" in done.stderr


def test_days_are_chosen_and_categories_sorted(shop: Path) -> None:
    done = run_quickly(
        "kpis", "category", "--lake", "lake", "--from", "2025-03-09", "--format", "json", cwd=shop
    )
    assert json.loads(done.stdout, parse_float=str) == [
        {
            "category": "Beauty",
            "order_date": "2025-03-09",
            "daily_revenue": "30.00",
            "net_revenue": "30.00",
            "avg_order_value": "30.00",
            "avg_return_rate": "0.0000",
        }
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("held --format csv", "4,77,1,10.00,"),
        ("quarantine list --format csv", "orders/orders.csv,64,open,"),
        ("quarantine export --rule not_a_time", "yesterday"),
        ("batches --format csv", ",1,partial,3,68,67,1,0,67,0,0,"),
        ("insights revenue --by product --per month --format csv", "2025-03,1,50.00,50.00\n"),
        ("insights volume --format csv", "2025-03-08,Beauty,unknown,1,2\n"),
        ("insights products --by per_order --format csv", "2025-03-08,1,1,2\n"),
        ("insights customers --format csv", "7,1,60,2025-03-08T10:00:00Z,"),
        ("insights inventory --per month --format csv", "2025-03,1,3,0,3\n"),
    ],
)
def test_what_the_lake_holds_can_be_listed(shop: Path, command: str, expected: str) -> None:
    done = run_quickly(*command.split(), "--lake", "lake", cwd=shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout


def test_nothing_new_says_so_and_is_no_failure(shop: Path) -> None:
    done = run_quickly("run", "landing", "--lake", "lake", cwd=shop)
    assert done.returncode == 0
    assert "Nothing new under landing." in done.stdout
    assert "Skipped (3 files)" in done.stdout
    assert "orders/orders.csv: received before" in done.stdout


def test_a_report_for_people_names_reasons_and_has_no_escape_codes(tmp_path: Path) -> None:
    a_shop(tmp_path / "landing", bad_records=1)
    done = run_quickly(
        "run", "landing", "--lake", "lake", "--strict", cwd=tmp_path, FORCE_COLOR="1"
    )
    assert done.returncode == 4
    assert "\x1b" not in done.stdout + done.stderr
    for said in (
        "PARTIAL  3 files",
        "68 records = 67 staged + 1 quarantined + 0 in rejected files",
        "67 staged = 67 stored + 0 superseded + 0 identical",
        '1 x not_a_time in ordered_at, as "yesterday" (orders/orders.csv, record 63)',
        "Days changed: 2",
        "orders quarantine list --lake lake",
    ):
        assert said in done.stdout
    assert "reading the files ..." in done.stderr


def test_a_run_waits_for_another_one_on_the_same_lake_and_says_so(tmp_path: Path) -> None:
    a_shop(tmp_path / "landing")
    lock = ExitStack()
    lock.enter_context(lake_lock(tmp_path / "lake"))
    with start_orders("run", "landing", "--lake", "lake", cwd=tmp_path) as waiting:
        assert waiting.stderr is not None
        told = next((line for line in waiting.stderr if "waiting" in line), "")
        assert f"process {os.getpid()}" in told
        lock.close()
        try:
            waiting.communicate(timeout=200)
        finally:
            waiting.kill()
    assert waiting.returncode == 0


def test_an_interrupted_run_exits_130_and_the_next_one_goes_on(tmp_path: Path) -> None:
    a_shop(tmp_path / "landing")
    lock = ExitStack()
    lock.enter_context(lake_lock(tmp_path / "lake"))
    with start_orders("run", "landing", "--lake", "lake", cwd=tmp_path) as waiting:
        assert waiting.stderr is not None
        assert any("waiting" in line for line in waiting.stderr)
        time.sleep(1)  # else the signal may come just before the wait that it is to interrupt
        waiting.send_signal(signal.SIGINT)
        try:
            told = waiting.communicate(timeout=60)[1]
        finally:
            waiting.kill()
            lock.close()
    assert waiting.returncode == 130
    assert "the same call" in told
    assert run_quickly("run", "landing", "--lake", "lake", cwd=tmp_path).returncode == 0


def test_a_rejected_batch_exits_3_and_validate_of_it_0(tmp_path: Path) -> None:
    orders = [{"order": "1", **{k: v for k, v in an_order().items() if k != "order_id"}}]
    a_shop_file(tmp_path / "landing/orders/orders.csv", orders)
    done = run_quickly("run", "landing", "--lake", "lake", "--quiet", cwd=tmp_path)
    assert done.returncode == 3
    assert "REJECTED" in done.stdout
    assert "orders/orders.csv: missing_column" in done.stdout
    done = run_quickly("check", "landing/orders/orders.csv", "--json", cwd=tmp_path)
    assert done.returncode == 3
    assert json.loads(done.stdout)["verdict"] == "rejected"
    done = run_quickly("validate", "landing", "--staged", "staged", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "rejected"


def test_the_two_jobs_alone_make_the_same_tables(shop: Path, tmp_path: Path) -> None:
    landing = str(shop / "landing")
    done = run_quickly("validate", landing, "--staged", "staged", "--lake", "lake", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "orders transform --staged staged --lake lake" in done.stdout
    done = run_quickly("transform", "--staged", "staged", "--lake", "lake", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    tables = [
        run_quickly("kpis", "daily", "--lake", "lake", "--format", "csv", cwd=folder).stdout
        for folder in (shop, tmp_path)
    ]
    assert tables[0] == tables[1]


def test_personal_values_are_masked_in_the_report(tmp_path: Path) -> None:
    orders = [an_order(str(number)) for number in range(1, 40)]
    orders.append(an_order("99", customer="jane@shop.example"))
    a_shop_file(tmp_path / "landing/orders/orders.csv", orders)
    for flags in ((), ("--json",)):
        done = run_quickly("check", "landing/orders/orders.csv", *flags, cwd=tmp_path)
        assert "bad_pattern" in done.stdout
        assert "jane" not in done.stdout
        assert "***" in done.stdout


def test_the_demo_needs_nothing_and_ends_with_what_to_type_next(tmp_path: Path) -> None:
    done = run_orders("demo", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        "Batch 3 of 3",
        "Daily KPIs",
        "Every line accounted for",
        "missing_column",
        "Next",
    ):
        assert said in done.stdout
    assert (tmp_path / ".local/demo/lake/warehouse").is_dir()
    assert not list((tmp_path / ".local/demo/landing").rglob("*.csv"))

"""The alert: what a person reads, what nobody may read, and SNS's limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.batch.notice import (
    MOST_MESSAGE_BYTES,
    MOST_SUBJECT,
    Alert,
    Links,
    alert,
    escaped,
)
from spark_jobs.contracts.load import load_contracts
from spark_jobs.contracts.match import match_header
from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.violations import SkipCode, Violation
from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.lake.receipts import Receipt
from spark_jobs.pipeline.report import TransformReport
from spark_jobs.publish.alert import fatal_alert, transform_alert, validation_alert
from spark_jobs.publish.changes import DayChange
from spark_jobs.rules.count import Finding
from spark_jobs.rules.verdict import BatchVerdict, FileVerdict

BATCH = "20260102T030405Z-000001"
ARN = f"arn:aws:states:eu-west-1:123456789012:execution:dev-order-pipeline:{BATCH}-r1"
LINKS = Links(ARN, f"s3://lake/verdicts/{BATCH}/verdict.json")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
CONTRACTS = load_contracts()


def a_file(name: str = "landing/orders/a.csv", verdict: str = "accepted", **more) -> FileVerdict:
    counts = {"records": 100, "staged": 100}
    if verdict == "rejected":
        counts = {"records": 100, "in_rejected_file": 100}
    given = counts | {"dataset": "orders", "shape": "basic"} | more
    return FileVerdict(name, "0" * 64, 10, NOW, Verdict(verdict), **given)


def a_batch(*files: FileVerdict, verdict: str = "partial", **more) -> BatchVerdict:
    return BatchVerdict(BATCH, Verdict(verdict), files, "c", "UTC", "sail", NOW, **more)


def a_day(day: int, before: str | None, after: str | None, orders: int = 2) -> DayChange:
    def side(revenue: str | None) -> dict[str, object] | None:
        return revenue and {"total_revenue": Decimal(revenue), "total_orders": orders}  # type: ignore[return-value]

    return DayChange(date(2026, 1, day), side(before), side(after))


def a_report(*changes: DayChange, **more) -> TransformReport:
    given: dict = {"held": 0, "held_overdue": 0, "unknown_products": 0} | more
    receipts: Mapping = {(Dataset.ORDERS, "0" * 64): Receipt(100, 90, 4, 6)}
    return TransformReport(BATCH, 1, 7, receipts, changes, **given)


def told(batch: BatchVerdict, *changes: DayChange, **more) -> Alert:
    return transform_alert(batch, a_report(*changes, **more), CONTRACTS, LINKS)


def test_an_accepted_batch_tells_days_and_needs_no_deed() -> None:
    said = told(
        a_batch(a_file(), verdict="accepted"), a_day(1, None, "10.00"), a_day(2, "1.00", "1000.50")
    )
    assert said.subject == f"dev-order-pipeline: accepted, batch {BATCH}, 2 days changed"
    assert "What to do" not in said.message
    assert "Days changed: 2 (1 new, 1 corrected), revenue +1,009.50 in all" in said.message
    assert "2026-01-01 is new: revenue 10.00, 2 orders" in said.message
    assert "2026-01-02: revenue 1.00 -> 1,000.50 (+999.50)\n" in said.message
    assert "100 staged = 90 stored + 4 superseded + 6 identical" in said.message


def test_a_day_tells_what_changed_and_only_that() -> None:
    before: dict = {
        "total_revenue": Decimal("1033.82"),
        "total_orders": 23,
        "return_rate": Decimal("0.0500"),
        "cancelled_orders": 1000,
    }

    def line(**after: object) -> str:
        day = DayChange(date(2026, 1, 1), before, before | after)
        said = told(a_batch(a_file(), verdict="accepted"), day).message
        return next(line for line in said.splitlines() if "2026-01-01" in line).strip()

    returned = "2026-01-01: return_rate 0.0500 -> none, cancelled_orders 1,000 -> 1,001"
    assert line(return_rate=None, cancelled_orders=1001) == returned
    assert line(total_orders=24, return_rate=None) == "2026-01-01: orders 23 -> 24 orders"
    dearer = "2026-01-01: revenue 1,033.82 -> 1,040.00 (+6.18)"
    assert line(total_revenue=Decimal("1040.00")) == dearer
    assert line() == "2026-01-01: the split by category changed, the day's sums did not"


def test_what_was_rejected_before_and_is_unchanged_comes_first_and_is_to_be_corrected() -> None:
    why = "rejected before as orders/b.csv in batch 1 (missing_column), and unchanged: add it"
    again = a_file(
        "landing/orders/b.csv",
        "skipped",
        records=0,
        staged=0,
        problems=(Violation(SkipCode.REJECTED_BEFORE, why),),
    )
    said = told(a_batch(a_file(), again, verdict="accepted"))
    assert said.subject.endswith(f"accepted, batch {BATCH}, 1 file rejected before, 0 days changed")
    assert f"archive/invalid/{BATCH}/" in said.message
    assert "Correct the rejected files and upload them again" in said.message
    shown = said.message[said.message.index("Files (2)") :].splitlines()
    assert shown[1].endswith(f"landing/orders/b.csv (orders, 0 records): rejected_before: {why}")


def test_a_content_that_a_batch_rejects_and_holds_twice_is_told_once_in_the_subject() -> None:
    why = (Violation(SkipCode.REJECTED_BEFORE, "the same content as b.csv, which was rejected"),)
    bad = a_file("landing/orders/b.csv", "rejected")
    twin = a_file("landing/orders/c.csv", "skipped", records=0, staged=0, problems=why)
    some = a_file("landing/orders/d.csv", "partial", staged=97, quarantined=3)
    said = told(a_batch(bad, twin, some))
    assert f"partial, batch {BATCH}, 1 of 3 files rejected, 3 records" in said.subject
    assert "c.csv (orders, 0 records): rejected_before: the same content as b.csv" in said.message


def test_a_partial_batch_says_what_to_correct() -> None:
    bad = a_file(
        "landing/orders/b.csv",
        "rejected",
        problems=(Violation("missing_column", "'order_id' is missing", "order_id"),),
    )
    some = a_file(
        "landing/orders/c.csv",
        "partial",
        staged=97,
        quarantined=3,
        violations=(Finding("bad_pattern", "order_id", 3, "X-1", 17),),
    )
    said = told(a_batch(a_file(), bad, some))
    assert said.subject.startswith(f"dev-order-pipeline: partial, batch {BATCH}, 1 of 3 files rej")
    assert f"archive/invalid/{BATCH}/" in said.message
    assert "rejected: landing/orders/b.csv (orders, 100 records): missing_column:" in said.message
    reason = '3 x bad_pattern in order_id, as "X-1" (landing/orders/c.csv, record 17): write the'
    assert reason in said.message
    assert "No day changed." in said.message
    assert said.message.index("b.csv") < said.message.index("c.csv") < said.message.index("a.csv")


@pytest.mark.parametrize("others", [0, 1])
def test_of_what_was_removed_unread_no_copy_is_promised(others: int) -> None:
    why = Violation("version_gone", "the object's version was removed before it was read")
    gone = a_file(
        "landing/orders/g.csv", "rejected", records=0, in_rejected_file=0, problems=(why,)
    )
    bad = [a_file("landing/orders/b.csv", "rejected")] * others
    verdict = a_batch(gone, *bad, verdict="rejected")
    said = validation_alert(verdict, CONTRACTS, LINKS).message
    assert "Upload again what was removed from landing unread (version_gone, 1 file)" in said
    assert said.count("archive/invalid/") == said.count("Correct the rejected files") == others


def told_references() -> str:
    references = {"unknown_order": 5, "unknown_product": 1, "corrected_without_id": 0}
    batch = a_batch(a_file(), verdict="accepted", references=references)
    return told(batch, held=9, held_overdue=2, unknown_products=3).message


def test_what_waits_is_told() -> None:
    said = told_references()
    assert "9 items held until the order arrives, 2 of them overdue" in said
    assert "Send the missing orders: 2 items waited" in said
    assert "5 items whose order is not known" in said
    assert "1 item whose product is not known" in said
    assert "without a key of their own" not in said


def test_a_rejected_batch_says_that_nothing_was_counted() -> None:
    bad = a_file(verdict="rejected", problems=(Violation("not_csv", "a picture"),))
    said = validation_alert(a_batch(bad, verdict="rejected"), CONTRACTS, LINKS)
    assert said.subject == f"dev-order-pipeline: rejected, batch {BATCH}, 1 of 1 file rejected"
    assert "Nothing of it was counted" in said.message
    assert "not_csv: a picture" in said.message


@pytest.mark.parametrize(
    ("code", "column"),
    [("missing_value", "customer_id"), ("malformed_quoting", ""), ("field_too_long", "")],
)
def test_personal_values_are_masked(code: str, column: str) -> None:
    finding = Finding(code, column, 1, "Jane Doe", 3)
    file = a_file(verdict="partial", staged=99, quarantined=1, violations=(finding,))
    said = told(a_batch(file))
    assert "Jane" not in said.message
    assert 'as "***"' in said.message


def test_a_file_with_too_many_bad_records_tells_reasons_and_examples() -> None:
    findings = (
        Finding("not_a_number", "total_amount", 60, "12,5", 2),
        Finding("missing_value", "customer_id", 9, "Jane Doe", 3),
    )
    many = (Violation("too_many_bad_records", "69 of 100 records are bad"),)
    bad = a_file(verdict="rejected", problems=many, violations=findings)
    for said in (
        validation_alert(a_batch(bad, verdict="rejected"), CONTRACTS, LINKS).message,
        told(a_batch(a_file("landing/orders/good.csv"), bad)).message,
    ):
        assert '60 x not_a_number in total_amount, as "12,5" (landing/orders/a.csv, rec' in said
        assert '9 x missing_value in customer_id, as "***"' in said
        assert "Jane" not in said


@pytest.mark.parametrize("cell", ["order_ib", "jane.doe", "O'Hara", "a \\' \"b", "\u202eenaj"])
def test_the_cells_of_a_file_without_a_header_are_not_quoted(cell: str) -> None:
    near = f"'order_id' is missing; the nearest name in the header is {cell!r}"
    twice = f"the column {cell!r} stands 2 times in the header"
    bad = a_file(
        verdict="rejected",
        problems=(Violation("missing_column", near), Violation("duplicate_column", twice)),
    )
    said = validation_alert(a_batch(bad, verdict="rejected"), CONTRACTS, LINKS).message
    assert "missing_column: 'order_id' is missing; the nearest name in the header is '***'" in said
    assert "duplicate_column: the column '***' stands 2 times in the header" in said
    assert escaped(cell) not in said


def test_a_known_column_that_stands_twice_is_named() -> None:
    header = ["order_id", "ORDER_ID", "Jane"]
    problems = match_header(header, CONTRACTS, Dataset.ORDERS).problems  # type: ignore[union-attr]
    bad = a_file(verdict="rejected", problems=problems)
    said = validation_alert(a_batch(bad, verdict="rejected"), CONTRACTS, LINKS).message
    assert "the column 'order_id' stands 2 times" in said


def test_other_values_are_shown() -> None:
    finding = Finding("bad_pattern", "status", 1, "Jane Doe", 3)
    file = a_file(verdict="partial", staged=99, quarantined=1, violations=(finding,))
    assert 'as "Jane Doe"' in told(a_batch(file)).message


def test_a_key_cannot_disguise_a_line() -> None:
    name = "landing/orders/a\nVerdict: accepted\r\u202e\u2028\x1b[2K\ud800.csv"
    said = told(a_batch(a_file(name)))
    assert "\nVerdict: accepted" not in said.message
    assert r"a\nVerdict: accepted\r\u202e\u2028\x1b[2K\ud800.csv" in said.message
    said.message.encode()


def test_many_files_and_days_are_cut_with_a_count() -> None:
    files = [a_file(f"landing/orders/{n}.csv") for n in range(100)]
    files.append(a_file("landing/orders/wrong.csv", "rejected"))
    said = told(a_batch(*files), *[a_day(n, "1.00", f"{n}.00") for n in range(1, 29)]).message
    assert "wrong.csv" in said
    assert "  and 81 more\n" in said
    assert "  and 13 days that changed less\n" in said
    assert "2026-01-28" in said
    assert "2026-01-13" not in said


@given(
    st.lists(st.text(max_size=900), min_size=1, max_size=60),
    st.text(max_size=300),
    st.text(max_size=300),
)
def test_whatever_comes_it_is_within_the_limits(names: list[str], batch: str, code: str) -> None:
    wrong = Violation(code, batch * 9)
    files = [a_file(name, "rejected", problems=(wrong,) * 5) for name in names]
    verdict = replace(a_batch(*files), batch_id=batch)
    for said in (
        transform_alert(verdict, a_report(), CONTRACTS, LINKS),
        validation_alert(verdict, CONTRACTS, LINKS),
        fatal_alert(batch, Task.VALIDATE, FatalError(code, where=batch), LINKS),
    ):
        assert 0 < len(said.subject) <= MOST_SUBJECT < 100
        assert said.subject.isascii()
        assert said.subject.isprintable()
        assert len(said.message.encode()) <= MOST_MESSAGE_BYTES
        assert ARN in said.message


def test_a_long_message_keeps_its_links() -> None:
    said = alert("x", ["ü" * 1000] * 100, LINKS)
    assert len(said.message.encode()) <= MOST_MESSAGE_BYTES
    assert "cut here" in said.message
    assert said.message.rstrip().endswith("verdict.json")


def test_links_lead_into_the_console_of_the_partition() -> None:
    lines = "\n".join(LINKS.lines())
    page = "https://console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/"
    assert page + ARN in lines
    assert "log-group/$252Fecs$252Fdev-validate-task" in lines
    assert "https://console.aws.amazon.com/s3/object/lake?region=eu-west-1&prefix=verdicts" in lines
    china = Links(ARN.replace("arn:aws:", "arn:aws-cn:"))
    assert "https://console.amazonaws.cn/states" in china.lines()[0]


def test_where_there_is_no_console_names_stand() -> None:
    lines = Links(ARN.replace("arn:aws:", "arn:aws-iso:")).lines()
    assert lines[1:] == [
        "Logs of validate: /ecs/dev-validate-task",
        "Logs of transform: /ecs/dev-transform-task",
    ]
    assert Links("").lines() == []


def test_a_fatal_end_tells_reason_and_the_next_step() -> None:
    said = fatal_alert(BATCH, Task.TRANSFORM, FatalError("sums differ", cure="look"), LINKS)
    assert said.subject == f"dev-order-pipeline: FAILED in transform, batch {BATCH}"
    assert "Reason: sums differ; look" in said.message
    assert f"scripts/start_batch.sh --again {BATCH}" in said.message


def test_the_text_of_a_foreign_error_is_not_sent() -> None:
    said = fatal_alert(BATCH, Task.VALIDATE, ValueError("Jane Doe"), LINKS)
    assert "Jane" not in said.message
    assert "ValueError" in said.message


def test_warnings_of_the_referee_are_told_without_values() -> None:
    found = {
        "expectation": "expect_column_min_to_be_between",
        "column": "customer_id",
        "success": False,
        "severity": "warning",
        "unexpected": 4,
        "detail": "observed Jane",
    }
    referee = {
        "basic.orders": {"success": True, "expectations": [found, found | {"success": True}]}
    }
    said = told(a_batch(a_file(), verdict="accepted", referee=referee)).message
    assert said.count("basic.orders: expect_column_min_to_be_between on customer_id (4 rows)") == 1
    assert "Jane" not in said


def test_long_text_loses_its_middle() -> None:
    assert escaped("a" * 500 + "b" * 500, 21) == "a" * 10 + "…" + "b" * 10

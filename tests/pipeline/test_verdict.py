"""The verdict: sums that must hold, shares that a contract tolerates, the document."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from spark_jobs.facts.errors import FatalError, UsageError
from spark_jobs.facts.violations import FileCode, RecordCode, Violation
from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.pipeline.documents import StagedFolder, read_verdict, write_verdict
from spark_jobs.preflight import FileReport
from spark_jobs.rules.count import Finding
from spark_jobs.rules.verdict import (
    BatchVerdict,
    Counts,
    FileVerdict,
    check_quarantine,
    counts_by_rule,
    judge_batch,
    judge_file,
    skipped_file,
    with_fate_of_first,
)
from tests.pipeline.shop import MORNING, assert_fits_schema

ACCEPTED, PARTIAL, REJECTED = Verdict.ACCEPTED, Verdict.PARTIAL, Verdict.REJECTED
FIVE = Decimal(5)


def a_report(records: int = 100, malformed: int = 0, *problems: Violation) -> FileReport:
    return FileReport(
        0,
        "orders/a.csv",
        "a" * 64,
        1234,
        dataset=Dataset.ORDERS,
        shape="thelook",
        records=records,
        malformed=malformed,
        problems=problems,
    )


def judged(report: FileReport, counts: Counts, tolerated: Decimal = FIVE) -> FileVerdict:
    return judge_file(report, MORNING, counts, tolerated)


def accepted() -> FileVerdict:
    return judged(a_report(), Counts(good=100))


def rejected() -> FileVerdict:
    return judged(a_report(3, 0, Violation(FileCode.EMPTY_FILE, "empty")), Counts())


def partial() -> FileVerdict:
    missing = Finding(RecordCode.MISSING_VALUE, "customer_id", 3, "", 7)
    wide = Finding(RecordCode.WRONG_FIELD_COUNT, "", 2, "9 fields", 4)
    counts = Counts(good=95, bad=3, violations=(missing,), malformed=(wide,))
    return judged(a_report(100, 2), counts)


def skipped() -> FileVerdict:
    return skipped_file("b.csv", "b" * 64, 9, MORNING, "orders", "received before as a.csv")


def a_batch(*files: FileVerdict) -> BatchVerdict:
    return BatchVerdict(
        batch_id="20260601T080000Z-abcd1234",
        verdict=judge_batch(files),
        files=files,
        contracts="0123456789abcdef",
        time_zone="UTC",
        engine="sail",
        created_at=datetime(2026, 6, 1, 9, tzinfo=UTC),
        staged={"orders": ["split/orders/thelook/_ok=true"]},
        durations={"split": 0.25},
    )


@pytest.mark.parametrize(
    "counts", [Counts(good=99), Counts(good=101), Counts(good=98, bad=1), Counts()]
)
def test_records_that_are_lost_or_made_up_stop_the_run(counts: Counts) -> None:
    with pytest.raises(FatalError, match="100 records were read"):
        judged(a_report(), counts)


def test_malformed_records_count_among_the_bad_ones() -> None:
    with pytest.raises(FatalError):
        judged(a_report(100, 1), Counts(good=100))
    assert judged(a_report(100, 1), Counts(good=99)).verdict is PARTIAL


@pytest.mark.parametrize(
    ("bad", "malformed", "percent", "verdict"),
    [
        (0, 0, "0", ACCEPTED),
        (1, 0, "0", REJECTED),
        (5, 0, "5", PARTIAL),
        (3, 2, "5", PARTIAL),
        (6, 0, "5", REJECTED),
        (0, 6, "5", REJECTED),
        (3, 0, "2.5", REJECTED),
        (2, 0, "2.5", PARTIAL),
        (100, 0, "100", PARTIAL),
    ],
)
def test_a_file_is_rejected_above_the_share_that_its_contract_tolerates(
    bad: int, malformed: int, percent: str, verdict: Verdict
) -> None:
    counts = Counts(good=100 - bad - malformed, bad=bad)
    file = judged(a_report(100, malformed), counts, Decimal(percent))
    assert file.verdict is verdict
    parts = (file.staged, file.quarantined, file.in_rejected_file)
    assert sum(parts) == file.records == 100
    if verdict is REJECTED:
        assert parts == (0, 0, 100)
        assert [problem.code for problem in file.problems] == [FileCode.TOO_MANY_BAD_RECORDS]


def test_a_file_without_records_is_accepted() -> None:
    assert judged(a_report(0), Counts(), Decimal(0)).verdict is ACCEPTED


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ([accepted(), accepted()], ACCEPTED),
        ([accepted(), partial()], PARTIAL),
        ([accepted(), rejected()], PARTIAL),
        ([rejected(), rejected()], REJECTED),
        ([rejected(), skipped()], REJECTED),
        ([accepted(), skipped()], ACCEPTED),
        ([skipped()], ACCEPTED),
    ],
)
def test_the_batch_sums_up_its_files(files: list[FileVerdict], verdict: Verdict) -> None:
    assert judge_batch(files) is verdict


def test_rules_are_counted_over_all_files_and_rejected_ones_by_their_own_code() -> None:
    assert counts_by_rule([partial(), partial(), rejected(), skipped()]) == {
        FileCode.EMPTY_FILE: 1,
        RecordCode.MISSING_VALUE: 6,
        RecordCode.WRONG_FIELD_COUNT: 4,
    }


def test_the_same_content_twice_in_a_batch_is_rejected_or_not_as_a_whole() -> None:
    good, bad = accepted(), rejected()
    twins = [
        skipped_file("b.csv", one.sha256, 9, MORNING, one.dataset, "the same content as a.csv")
        for one in (good, replace(bad, sha256="c" * 64))
    ]
    same, refused = with_fate_of_first(twins, [good, replace(bad, sha256="c" * 64)])
    assert same == twins[0]
    assert (refused.verdict, refused.rejected_before) == (Verdict.SKIPPED, True)
    assert [problem.message for problem in refused.problems] == [
        f"the same content as {bad.name}, which was rejected"
    ]


@pytest.mark.parametrize("files", [[accepted()], [accepted(), partial(), skipped()], [rejected()]])
def test_the_document_fits_its_schema_and_is_read_back_the_same(
    tmp_path: Path, files: list[FileVerdict]
) -> None:
    folder, batch = StagedFolder(tmp_path), a_batch(*files)
    write_verdict(folder, batch)
    document = json.loads(folder.verdict.read_text("utf-8"))
    assert_fits_schema(document)
    assert document["totals"]["records"] == sum(file.records for file in files)
    assert read_verdict(folder) == batch


def test_the_schema_refuses_what_is_no_verdict(tmp_path: Path) -> None:
    folder = StagedFolder(tmp_path)
    write_verdict(folder, replace(a_batch(accepted()), engine="duckdb"))
    with pytest.raises(AssertionError, match=r"\$\.engine"):
        assert_fits_schema(json.loads(folder.verdict.read_text("utf-8")))


def test_a_verdict_of_another_version_is_not_read(tmp_path: Path) -> None:
    folder = StagedFolder(tmp_path)
    write_verdict(folder, a_batch(accepted()))
    text = folder.verdict.read_text("utf-8").replace('"schema_version": 1', '"schema_version": 2')
    folder.verdict.write_text(text, "utf-8")
    with pytest.raises(UsageError, match="version 2"):
        read_verdict(folder)
    with pytest.raises(UsageError, match="holds no validated batch"):
        read_verdict(StagedFolder(tmp_path / "elsewhere"))


def test_records_lost_on_their_way_into_quarantine_are_fatal() -> None:
    told = judged(a_report(), Counts(good=98, bad=2))
    check_quarantine(2, [told, accepted(), rejected()])
    with pytest.raises(FatalError, match="2 records are to be quarantined, 1 were written"):
        check_quarantine(1, [told, accepted(), rejected()])

"""Preflight and rules find what planted.json says, file by file and code by code."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from spark_jobs.contracts.load import load_contracts
from spark_jobs.facts.violations import FileCode, RecordCode, WarningCode
from spark_jobs.facts.words import Dataset
from spark_jobs.generate import FilePlan, Plan
from spark_jobs.preflight import FileReport, SourceFile, hash_files, preflight
from spark_jobs.rules.split import ReceivedFile, received_files, split
from spark_jobs.session import Engine

Shop = tuple[Path, Plan]
MALFORMED = {
    RecordCode.WRONG_FIELD_COUNT,
    RecordCode.MALFORMED_QUOTING,
    RecordCode.NUL_BYTE,
    RecordCode.FIELD_TOO_LONG,
}
RECEIVED = datetime(2026, 6, 1, tzinfo=UTC)


def preflighted(shop: Shop, rows: Path) -> list[tuple[FilePlan, FileReport]]:
    """Every generated file with what preflight says of it."""
    out, plan = shop
    checksums = hash_files([out / file.path for file in plan.files])
    files = [
        SourceFile(out / file.path, file.path, Dataset(file.dataset), sha256)
        for file, sha256 in zip(plan.files, checksums, strict=True)
    ]
    return list(zip(plan.files, preflight(files, load_contracts(), rows), strict=True))


def test_preflight_rejects_the_files_that_are_said_to_be_bad(dirty: Shop, tmp_path: Path) -> None:
    for file, report in preflighted(dirty, tmp_path):
        seen = file.file_code not in {None, FileCode.TOO_MANY_BAD_RECORDS}
        assert [p.code for p in report.problems] == ([file.file_code] if seen else []), file.path
        assert (WarningCode.NO_RECORDS in file.warnings) == any(
            warning.code == WarningCode.NO_RECORDS for warning in report.warnings
        )


def test_preflight_counts_the_same_records_and_malformed_ones(dirty: Shop, tmp_path: Path) -> None:
    for file, report in preflighted(dirty, tmp_path):
        if file.records is not None:
            malformed = sum(n for code, n in file.rejected.items() if code in MALFORMED)
            assert (report.records, report.malformed) == (file.records, malformed), file.path


def test_the_rules_reject_the_planted_records_for_the_planted_reason(
    dirty: Shop, tmp_path: Path, sail_engine: Engine
) -> None:
    shape = dirty[1].options.shape
    contract = next(contract for contract in load_contracts() if contract.shape == shape)
    usable = [(file, report) for file, report in preflighted(dirty, tmp_path) if report.usable]
    received = [ReceivedFile(r.index, r.sha256, RECEIVED) for _, r in usable]
    found: Counter[tuple[int, str]] = Counter()
    for dataset in Dataset:
        rows = sail_engine.spark.read.parquet(str(tmp_path / shape / dataset))
        files = received_files(sail_engine.spark, received)
        judged = split(rows, files, contract, dataset, lake_zone="UTC")
        codes = judged.selectExpr("_file", "explode(violations) as violation")
        codes = codes.selectExpr("_file", "substring_index(violation, '\t', 1) as code")
        for row in codes.groupBy("_file", "code").count().collect():
            found[row["_file"], row["code"]] = row["count"]
    planted = {
        (report.index, str(code)): count
        for file, report in usable
        for code, count in file.rejected.items()
        if code not in MALFORMED
    }
    assert found == planted

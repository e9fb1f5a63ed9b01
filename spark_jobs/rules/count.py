"""Counting what the split found: by file, by rule, with one example each."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Finding:
    """How often a rule was broken in a file.

    Args:
        code: Violation or warning code.
        column: Column of the contract, empty where the rule is not about one.
        records: Number of records.
        example: The value of the first such record.
        record: The number of that record.
    """

    code: str
    column: str
    records: int
    example: str = ""
    record: int | None = None


def records_by_file(rows: DataFrame) -> dict[int, int]:
    """Number of rows by file index."""
    counted = rows.groupBy("_file").agg(F.count(F.lit(1)).alias("records")).collect()
    return {row["_file"]: row["records"] for row in counted}


def findings_by_file(rows: DataFrame, column: str) -> dict[int, tuple[Finding, ...]]:
    """The findings in `violations` or `warnings`, most frequent first, by file index."""
    found = rows.where(F.col(column).isNotNull()).select(
        "_file", "_record", F.explode(column).alias("finding")
    )
    # Not `split` with a limit: Sail 0.7.2 refuses it on strings read from Parquet.
    named = found.select(
        "_file",
        "_record",
        F.expr("substring_index(finding, '\t', 1)").alias("code"),
        F.expr("substring_index(substring_index(finding, '\t', 2), '\t', -1)").alias("about"),
        "finding",
    ).withColumn("value", F.expr("substr(finding, length(code) + length(about) + 3)"))
    counted = (
        named.groupBy("_file", "code", "about")
        .agg(
            F.count(F.lit(1)).alias("records"),
            F.min_by("value", "_record").alias("example"),
            F.min("_record").alias("record"),
        )
        .collect()
    )
    result: dict[int, list[Finding]] = {}
    for row in counted:
        finding = Finding(
            row["code"], row["about"], row["records"], row["example"] or "", row["record"]
        )
        result.setdefault(row["_file"], []).append(finding)
    return {
        index: tuple(sorted(found, key=lambda f: (-f.records, f.code, f.column)))
        for index, found in result.items()
    }

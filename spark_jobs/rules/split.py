"""The row split: one pass over a preflighted dataset that types every value and judges every row.

Pure DataFrame code. A row's `violations` and `warnings` hold `code TAB column TAB value` and are
NULL where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.contracts.model import Contract
from spark_jobs.contracts.predicates import (
    Predicate,
    computed_values,
    looks_right,
    predicates,
    shape_values,
    typed,
    typed_values,
)
from spark_jobs.facts.canonical import KEYS
from spark_jobs.facts.words import Dataset, Severity
from spark_jobs.rules.conform import canonical_values, generated_keys

POSITION = ("_file", "_record", "_line")
FINDINGS = ("row_key", "violations", "warnings")
"""What the split says of a row, beside the row itself."""
SHOWN_CHARACTERS = 80
"""How much of an offending value a message shows."""


@dataclass(frozen=True)
class ReceivedFile:
    """What the rules need to know of a file.

    Args:
        index: Its number in the batch, as in `_file`.
    """

    index: int
    sha256: str
    received_at: datetime
    generated_key: bool = False


def received_files(spark: SparkSession, files: Sequence[ReceivedFile]) -> DataFrame:
    """The files as a small table: `_file`, `file_sha256`, `received_at`, `_latest`."""
    rows = [(file.index, file.sha256, file.received_at) for file in files]
    table = spark.createDataFrame(rows, "_file int, file_sha256 string, received_at timestamp")
    return table.withColumn("_latest", F.expr("received_at + interval 1 day"))


def split(
    raw: DataFrame,
    received: DataFrame,
    contract: Contract,
    dataset: Dataset,
    *,
    lake_zone: str,
    key_is_generated: bool = False,
) -> DataFrame:
    """Every record with its typed row, its violations and its warnings.

    Args:
        raw: The preflight's Parquet: position and text columns.
        received: As made by `received_files`.
        lake_zone: IANA zone in which days are counted.
        key_is_generated: The files lack the key, as their contract allows.

    Returns:
        Position, the staged columns of the dataset, `row_key`, `violations`, `warnings`.
    """
    rules = contract.datasets[dataset]
    rows = raw.select(*POSITION, *(_trimmed(c.name) for c in rules.source_columns))
    if key_is_generated:
        rows = rows.transform(generated_keys)
    rows = rows.join(F.broadcast(received), on="_file", how="inner")
    rows = rows.select(
        "*",
        *(F.expr(sql).alias(looks_right(n).strip("`")) for n, sql in shape_values(rules).items()),
    )
    rows = rows.select("*", *_expressions(typed_values(contract, rules, lake_zone)))
    rows = rows.select("*", *_expressions(computed_values(rules)))
    checks = predicates(rules, key_is_generated=key_is_generated)
    return rows.select(
        *POSITION,
        *canonical_values(contract, rules, lake_zone),
        F.expr(f"{typed(KEYS[dataset])}").alias("row_key"),
        _findings([c for c in checks if c.severity is not Severity.WARN]).alias("violations"),
        _findings([c for c in checks if c.severity is Severity.WARN]).alias("warnings"),
    )


def split_by_key(
    raw: DataFrame,
    received: DataFrame,
    files: Sequence[ReceivedFile],
    contract: Contract,
    dataset: Dataset,
    *,
    lake_zone: str,
) -> DataFrame:
    """`split`, with the files that lack the key treated apart."""
    without = [file.index for file in files if file.generated_key]
    if not without:
        return split(raw, received, contract, dataset, lake_zone=lake_zone)
    lacking = split(
        raw.where(F.col("_file").isin(without)),
        received,
        contract,
        dataset,
        lake_zone=lake_zone,
        key_is_generated=True,
    )
    if len(without) == len(files):
        return lacking
    having = raw.where(~F.col("_file").isin(without))
    return split(having, received, contract, dataset, lake_zone=lake_zone).unionByName(lacking)


def _trimmed(name: str) -> Column:
    return F.expr(f"nullif(trim(`{name}`), '')").alias(name)


def _expressions(values: dict[str, str]) -> list[Column]:
    return [F.expr(sql).alias(typed(name).strip("`")) for name, sql in values.items()]


def _findings(checks: Sequence[Predicate]) -> Column:
    if not checks:
        return F.expr("cast(null as array<string>)")
    found = ", ".join(
        f"case when {c.bad} then concat('{c.code}\t{c.column}\t', "
        f"coalesce(left({c.value}, {SHOWN_CHARACTERS}), '')) end"
        for c in checks
    )
    any_bad = " or ".join(f"coalesce({c.bad}, false)" for c in checks)
    return F.expr(f"case when {any_bad} then array_compact(array({found})) end")

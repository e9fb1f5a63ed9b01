"""Which version of a row wins: decided by PROVENANCE alone, the greatest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from spark_jobs.facts.canonical import PROVENANCE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

LOST = "lost"
"""Whether another row of the same frame with the same key wins."""

_HASH = "key_hash"


def newer(left: str, right: str) -> str:
    """SQL condition: the row whose columns start with `left` wins against the one of `right`.

    It is generated as nested comparisons, for engines order structs with NULLs differently; the
    columns of PROVENANCE have no NULLs.
    """
    condition = "false"
    for name in reversed(PROVENANCE):
        ours, theirs = f"{left}{name}", f"{right}{name}"
        condition = f"({ours} > {theirs} OR ({ours} = {theirs} AND {condition}))"
    return condition


def same_record(left: str, right: str) -> str:
    """SQL condition: both rows are the very same received record of one dataset."""
    return f"({left}file_sha256 = {right}file_sha256 AND {left}record = {right}record)"


def duplicated_keys(frame: DataFrame, key: str) -> DataFrame:
    """Hashes that more than one row has: all duplicated keys, and chance collisions (harmless)."""
    hashes = frame.select(_key_hash(key).alias(_HASH))
    return hashes.groupBy(_HASH).agg(F.count("*").alias("n")).filter("n > 1").select(_HASH)


def with_lost(frame: DataFrame, key: str, duplicated: DataFrame | None) -> DataFrame:
    """The frame with the boolean `lost`: one row of each key has not lost.

    Args:
        frame: Rows with key and PROVENANCE.
        key: The key's column.
        duplicated: What `duplicated_keys` found; None where that was empty. Only these rows are
            ranked: a window over everything costs three times the whole load.
    """
    if duplicated is None:
        return frame.withColumn(LOST, F.lit(False))
    hashed = frame.withColumn(_HASH, _key_hash(key))
    best_first = [F.col(name).desc() for name in PROVENANCE]
    rank = F.row_number().over(Window.partitionBy(key).orderBy(*best_first))
    ranked = hashed.join(duplicated, on=_HASH, how="left_semi").withColumn(LOST, rank > 1)
    alone = hashed.join(duplicated, on=_HASH, how="left_anti").withColumn(LOST, F.lit(False))
    return alone.unionByName(ranked).drop(_HASH)


def _key_hash(key: str) -> Column:
    return F.xxhash64(F.col(key))

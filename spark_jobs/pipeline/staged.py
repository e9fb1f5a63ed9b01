"""Reading the accepted rows of a staged batch."""

from collections.abc import Collection, Sequence
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.facts.words import Dataset, Verdict
from spark_jobs.pipeline.documents import StagedFolder
from spark_jobs.rules.split import FINDINGS, POSITION
from spark_jobs.rules.verdict import FileVerdict
from spark_jobs.session import Engine


def accepted_frames(
    engine: Engine,
    folder: StagedFolder,
    staged: dict[str, list[str]],
    files: Sequence[FileVerdict],
    without: frozenset[tuple[str, str]] = frozenset(),
) -> dict[Dataset, DataFrame]:
    """The accepted rows of a staged batch by dataset, without those of files rejected whole.

    Args:
        without: Further contents to leave out, by dataset and sha256.
    """
    frames: dict[Dataset, DataFrame] = {}
    for name, paths in staged.items():
        left_out = {sha256 for dataset, sha256 in without if dataset == name} | {
            f.sha256 for f in files if f.dataset == name and f.verdict is Verdict.REJECTED
        }
        rows = read_rows(engine, [folder.root / path for path in paths])
        rows = without_contents(rows, left_out)
        if any(f.dataset == name and f.staged and f.sha256 not in left_out for f in files):
            frames[Dataset(name)] = rows
    return frames


def read_rows(engine: Engine, folders: Sequence[Path]) -> DataFrame:
    """The staged rows in some folders of one dataset, without what the split says of them."""
    # Each folder apart: Sail cannot bring the text of two shapes' `violations` to one type.
    parts = [
        engine.spark.read.parquet(str(folder)).drop(*POSITION, *FINDINGS) for folder in folders
    ]
    return reduce(DataFrame.unionByName, parts)


def without_contents(rows: DataFrame, contents: Collection[str]) -> DataFrame:
    """The rows that do not come from these files, named by sha256."""
    if not contents:
        return rows
    return rows.where(~F.col("file_sha256").isin(*sorted(contents)))

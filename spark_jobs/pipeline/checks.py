"""What validate asks of the accepted rows before they may leave: referee and references."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.contracts.model import Contract
from spark_jobs.contracts.suite import user_expectations
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.violations import WarningCode
from spark_jobs.facts.words import Dataset
from spark_jobs.pipeline.validate import ValidateJob
from spark_jobs.rules.conform import GENERATED
from spark_jobs.rules.referee import RefereeResult, preloaded, referee

REFERENCES = {
    WarningCode.UNKNOWN_ORDER: ("order_id", Dataset.ORDERS),
    WarningCode.UNKNOWN_PRODUCT: ("product_id", Dataset.PRODUCTS),
}
"""The column of an item, and the dataset that should know its value."""

Checked = dict[str, dict[str, Any]]


def check_accepted(job: ValidateJob, accepted: Mapping[tuple[str, Dataset], DataFrame]) -> Checked:
    """Referee and references over the accepted rows, by shape and dataset.

    Raises:
        FatalError: The referee found rows that break a critical expectation.
    """
    preloaded()
    with job.stages.stage("referee"):
        judged = {
            f"{dataset}/{shape}": referee(
                rows, job.contract(shape), dataset, _of_the_user(job.contract(shape), dataset)
            )
            for (shape, dataset), rows in accepted.items()
        }
    for name, result in judged.items():
        result.write(job.folder.referee / name)
    broken = {name: result for name, result in judged.items() if not result.success}
    if broken:
        raise _refused(broken)
    with job.stages.stage("references"):
        references = count_unknown_references(job, accepted)
    return {
        "referee": {name: result.as_json() for name, result in judged.items()},
        "references": references,
    }


def count_unknown_references(
    job: ValidateJob, accepted: Mapping[tuple[str, Dataset], DataFrame]
) -> dict[str, int]:
    """Items whose order or product is in neither the batch nor the lake: told, never rejected."""
    counts = dict.fromkeys([*map(str, REFERENCES), str(WarningCode.CORRECTED_WITHOUT_ID)], 0)
    for (_, dataset), items in accepted.items():
        if dataset is Dataset.ORDER_ITEMS:
            for code, (column, target) in REFERENCES.items():
                counts[code] += _without(items, column, _known(job, accepted, column, target))
            counts[WarningCode.CORRECTED_WITHOUT_ID] += _corrected(job, items)
    return counts


def _of_the_user(contract: Contract, dataset: Dataset) -> list[Any]:
    """Expectations beside the contract: `<its stem>.<dataset>.expectations.json`."""
    path = Path(contract.origin)
    further = path.with_name(f"{path.stem}.{dataset}.expectations.json")
    return user_expectations(further) if further.is_file() else []


def _corrected(job: ValidateJob, items: DataFrame) -> int:
    """Items without a key of their own that meet an item of an earlier file."""
    if not job.generated_keys or not _has_table(job, Dataset.ORDER_ITEMS):
        return 0
    stored = job.engine.read(Dataset.ORDER_ITEMS).select("order_item_id")
    generated = items.select("order_item_id").where(f"order_item_id like '{GENERATED}%'")
    return generated.join(stored, on="order_item_id", how="left_semi").count()


def _has_table(job: ValidateJob, dataset: Dataset) -> bool:
    return job.engine.warehouse is not None and job.engine.table_exists(dataset)


def _known(
    job: ValidateJob,
    accepted: Mapping[tuple[str, Dataset], DataFrame],
    column: str,
    target: Dataset,
) -> list[DataFrame]:
    known = [rows.select(column) for (_, dataset), rows in accepted.items() if dataset is target]
    if _has_table(job, target):
        known.append(job.engine.read(target).select(column))
    return known


def _without(items: DataFrame, column: str, known: list[DataFrame]) -> int:
    rows = items.select(column)
    for keys in known:
        rows = rows.join(keys, on=column, how="left_anti")
    return rows.count()


def _refused(broken: Mapping[str, RefereeResult]) -> FatalError:
    said = "; ".join(
        f"{name}: {finding.expectation} on {finding.column} ({finding.unexpected} rows)"
        for name, result in broken.items()
        for finding in result.broken
    )
    return FatalError(
        f"the referee contradicts the row rules: {said}",
        cure="nothing reached the lake; report this with the files and the contract",
    )

"""What a batch does to the lake, found out before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spark_jobs.facts.words import Dataset
from spark_jobs.lake.affected import affected_days
from spark_jobs.lake.fates import TablePlan, plan_table
from spark_jobs.lake.receipts import Receipt
from spark_jobs.lake.staged import StagedBatch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from spark_jobs.lake.catalog import Lake


@dataclass(frozen=True)
class Plan:
    """What one batch does to the lake.

    Args:
        batch_id: The batch.
        tables: By dataset, only those that the batch has rows for.
        days: `order_date` of every day whose numbers change; kept, one column.
        receipts: By dataset and sha256 of each accepted file.
    """

    batch_id: str
    tables: Mapping[Dataset, TablePlan]
    days: DataFrame
    receipts: Mapping[tuple[Dataset, str], Receipt]


def plan_batch(lake: Lake, batch: StagedBatch) -> Plan:
    """What the batch does to the lake; nothing is changed.

    After a killed attempt the plan says what is left to do: days that only the dead attempt
    knew of are in the outbox.

    Raises:
        FatalError: The receipt of a file does not add up.
    """
    tables = {
        dataset: plan_table(lake, dataset, batch.frames[dataset])
        for dataset in Dataset
        if dataset in batch.frames
    }
    receipts = {
        (file.dataset, file.sha256): tables[file.dataset].receipts.get(file.sha256, Receipt())
        if file.dataset in tables
        else Receipt()
        for file in batch.files
    }
    days = lake.keep("days", affected_days(lake, tables))
    return Plan(batch.batch_id, tables, days, receipts)

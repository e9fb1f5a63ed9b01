"""What a task is told by its environment."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from spark_jobs.facts.aws import Task
from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.facts.task import TASK_VARIABLES
from spark_jobs.session import GlueWarehouse

LANDING_PREFIX = "landing/"
_ALWAYS = (
    "ORDERS_BATCH",
    "ORDERS_EXECUTION",
    "ORDERS_STATE_TABLE",
    "ORDERS_LAKE_BUCKET",
    "ORDERS_GLUE_DATABASE",
)
NEEDED = {
    Task.VALIDATE: _ALWAYS,
    Task.TRANSFORM: (*_ALWAYS, "ORDERS_ORDER_KPI_TABLE", "ORDERS_CATEGORY_KPI_TABLE"),
}


@dataclass(frozen=True)
class TaskEnvironment:
    """The variables of `spark_jobs.facts.task`.

    Args:
        kpi_tables: DynamoDB's name of each KPI table; validate gets none.
        work: A folder on the task's own storage.
        memory: Of the task, in MiB; None: not told.
    """

    batch_id: str
    execution: str
    execution_arn: str
    state_table: str
    lake_bucket: str
    glue_database: str
    kpi_tables: Mapping[str, str]
    work: Path
    landing_prefix: str = LANDING_PREFIX
    memory: int | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str], task: Task) -> Self:
        """The environment of a task.

        Raises:
            ConfigurationError: Variables are missing (all of them are told) or are no number.
        """
        missing = [name for name in NEEDED[task] if not environ.get(name)]
        if missing:
            said = ", ".join(f"{name} ({TASK_VARIABLES[name]})" for name in missing)
            raise ConfigurationError(
                f"not set: {said}",
                where="--manifest",
                cure="on AWS the task definition and the state machine set them; set them by hand "
                "to run the task elsewhere, or validate a folder: `orders validate LANDING "
                "--staged DIR`",
            )
        return cls(
            batch_id=environ["ORDERS_BATCH"],
            execution=environ["ORDERS_EXECUTION"],
            execution_arn=environ.get("ORDERS_EXECUTION_ARN", ""),
            state_table=environ["ORDERS_STATE_TABLE"],
            lake_bucket=environ["ORDERS_LAKE_BUCKET"],
            glue_database=environ["ORDERS_GLUE_DATABASE"],
            kpi_tables={
                "order_kpi_table": environ.get("ORDERS_ORDER_KPI_TABLE", ""),
                "category_kpi_table": environ.get("ORDERS_CATEGORY_KPI_TABLE", ""),
            },
            work=Path(environ.get("ORDERS_WORK_DIR") or tempfile.gettempdir()),
            landing_prefix=environ.get("ORDERS_LANDING_PREFIX") or LANDING_PREFIX,
            memory=_mebibytes(environ.get("ORDERS_TASK_MEMORY", "")),
        )

    @property
    def warehouse(self) -> GlueWarehouse:
        """The lake's tables."""
        return GlueWarehouse(self.glue_database, f"s3://{self.lake_bucket}/warehouse")


def _mebibytes(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and int(text)):
        raise ConfigurationError(
            f"{text!r} is no size", where="ORDERS_TASK_MEMORY", cure="write MiB: 4096"
        )
    return int(text) if text else None

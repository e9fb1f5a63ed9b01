"""What the gate is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spark_jobs.batch.closing import Threshold
from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.facts.words import Dataset

_GIB = 2**30
_LEAST = {Dataset.ORDERS: 1, Dataset.ORDER_ITEMS: 1, Dataset.PRODUCTS: 0}


@dataclass(frozen=True)
class Settings:
    """Names of the environment's resources, and when a batch is closed."""

    state_table: str
    landing_bucket: str
    landing_prefix: str
    lake_bucket: str
    state_machine: str
    topic: str
    cleanup_function: str
    largest_file: int
    threshold: Threshold

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Settings:
        """The settings among these variables.

        Raises:
            ConfigurationError: One is missing, or no whole number where it must be one.
        """
        least: dict[str, int] = {
            dataset: _number(variables, f"ORDERS_MIN_{dataset.upper()}_FILES", default)
            for dataset, default in _LEAST.items()
        }
        return cls(
            state_table=_text(variables, "ORDERS_STATE_TABLE"),
            landing_bucket=_text(variables, "ORDERS_LANDING_BUCKET"),
            landing_prefix=_text(variables, "ORDERS_LANDING_PREFIX"),
            lake_bucket=_text(variables, "ORDERS_LAKE_BUCKET"),
            state_machine=_text(variables, "ORDERS_STATE_MACHINE_ARN"),
            topic=_text(variables, "ORDERS_TOPIC_ARN"),
            cleanup_function=_text(variables, "ORDERS_CLEANUP_FUNCTION"),
            largest_file=_number(variables, "ORDERS_MAX_FILE_BYTES", 20 * _GIB),
            threshold=Threshold(
                files=least,
                most_bytes=_number(variables, "ORDERS_MAX_BATCH_BYTES", 20 * _GIB),
                most_files=_number(variables, "ORDERS_MAX_BATCH_FILES", 1000),
                deadline_seconds=_number(variables, "ORDERS_DEADLINE_SECONDS", 900),
            ),
        )


def _text(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise ConfigurationError(
            f"{name} is not set", where="batch gate", cure="Terraform sets it: apply it again"
        )
    return value


def _number(variables: Mapping[str, str], name: str, default: int) -> int:
    value = variables.get(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        raise ConfigurationError(
            f"{name} is {value!r}", where="batch gate", cure="give a whole number, 0 or more"
        )
    return int(value)

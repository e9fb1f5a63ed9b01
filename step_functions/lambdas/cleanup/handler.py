"""The entry point of the Lambda `cleanup`."""

from __future__ import annotations

import functools
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from spark_jobs.batch.table import StateTable

from .archive import AT_ONCE
from .cleaning import Cleanup
from .request import parse_request
from .settings import Settings

RESERVE_MILLISECONDS = 120_000
"""What the last file begun, the alert and the release may take."""
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=4 * AT_ONCE,
)
_PATIENCE_OF_ALERTS = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
"""An alert is claimed for a short time, see `telling`."""
logger = Logger()
metrics = Metrics()


@functools.cache
def clients() -> dict[str, Any]:
    """The clients, kept while the function is warm."""
    return {
        "dynamodb": boto3.client("dynamodb", config=_CONFIG),
        "s3": boto3.client("s3", config=_CONFIG),
        "sns": boto3.client("sns", config=_PATIENCE_OF_ALERTS),
        "states": boto3.client("stepfunctions", config=_CONFIG),
    }


def count(name: str, value: int) -> None:
    """Adds to a metric; nothing is not worth a line, save for the archive's."""
    if value or name == "ArchivedFiles":
        metrics.add_metric(name, MetricUnit.Count, value)


@logger.inject_lambda_context
def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers `{"batch_id", "state", "more", …}`; call again while there is more.

    Raises:
        UsageError: The event is neither of the two forms.
    """
    request = parse_request(event)
    settings = Settings.of(os.environ)
    there = clients()
    cleanup = Cleanup(
        settings,
        StateTable(there["dynamodb"], settings.state_table),
        there["s3"],
        there["sns"],
        there["states"],
        logger,
        in_time=lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS,
        count=count,
    )
    try:
        answer = cleanup.run(request).document()
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
    logger.info("answer", **answer)
    return answer

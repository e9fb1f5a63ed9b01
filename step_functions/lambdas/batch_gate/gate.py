"""What every part of the gate works with: settings and clients, made once in a Lambda's life."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics

from spark_jobs.batch.table import StateTable

from .settings import Settings

logger = Logger(json_serializer=lambda entry: json.dumps(entry, default=str))
"""Its lines are ASCII, whatever stands in an object's key."""
metrics = Metrics()
"""Its namespace and service are POWERTOOLS_*: environments side by side stay apart."""


@dataclass(frozen=True)
class Gate:
    """The gate of one environment; the clients are boto3's."""

    settings: Settings
    table: StateTable
    s3: Any
    states: Any
    sns: Any
    functions: Any

    @classmethod
    def of(cls, variables: Mapping[str, str] = os.environ) -> Gate:
        """The gate that these variables describe.

        Raises:
            ConfigurationError: A variable is missing or makes no sense.
        """
        settings = Settings.of(variables)
        return cls(
            settings=settings,
            table=StateTable(boto3.client("dynamodb"), settings.state_table),
            s3=boto3.client("s3"),
            states=boto3.client("stepfunctions"),
            sns=boto3.client("sns"),
            functions=boto3.client("lambda"),
        )

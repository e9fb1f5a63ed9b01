"""Flags that several commands share, and how they become settings."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from spark_jobs.cli.call import CALL
from spark_jobs.facts.words import EngineName
from spark_jobs.settings import Settings, load_settings


class Format(StrEnum):
    """How tables are written to standard output."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


Lake = Annotated[
    Path | None,
    typer.Option("--lake", metavar="DIR", help="Folder of the lake.", show_default=".local/lake"),
]
Contracts = Annotated[
    Path | None,
    typer.Option(
        "--contracts", metavar="DIR", help="Folder of contracts that replaces the bundled ones."
    ),
]
Engine = Annotated[
    EngineName | None,
    typer.Option("--engine", help="What computes; spark needs .venv-full.", show_default="sail"),
]
Archive = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        help="Move the files to processed/ and invalid/ in there afterwards.",
    ),
]
ReceivedAt = Annotated[
    str | None,
    typer.Option(
        "--received-at",
        metavar="TIME|CSV",
        help="When the files were received: an ISO time, or a CSV file of path,received_at.",
        show_default="now, kept from the first time a content is seen",
    ),
]
TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone",
        metavar="ZONE",
        help="IANA zone of the lake's days, fixed when the lake is made.",
        show_default="UTC",
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit 4 where some files or records were rejected.")
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")
]
OutputFormat = Annotated[
    Format,
    typer.Option(
        "--format", help="csv has a header; decimals keep every digit (in json too), days are ISO."
    ),
]


def settings_of(**flags: object) -> Settings:
    """The settings of this call: file, environment, then these flags.

    Raises:
        ConfigurationError: A setting is unknown or of the wrong type.
    """
    return load_settings(os.environ, flags, CALL.get().config)

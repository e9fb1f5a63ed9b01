"""Where a lake is: a folder, or a database of the Glue catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from spark_jobs.facts.errors import ConfigurationError

_DATABASE = re.compile(r"[a-z0-9_]{1,255}")
_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_.=-]+)*")


@dataclass(frozen=True)
class GlueWarehouse:
    """A database of the Glue catalog that exists, and where on S3 its tables are.

    Args:
        database: Its name.
        location: `s3://bucket/prefix`, without a slash at the end; each table is a folder there.

    Raises:
        ConfigurationError: A name or location that cannot be one.
    """

    database: str
    location: str

    def __post_init__(self) -> None:
        if not _DATABASE.fullmatch(self.database):
            raise ConfigurationError(
                f"{self.database!r} is no name of a Glue database",
                cure="use lower-case letters, digits and underscores",
            )
        if not _LOCATION.fullmatch(self.location):
            raise ConfigurationError(
                f"{self.location!r} is no place for a lake",
                cure="write it as s3://bucket/prefix, without a slash at the end",
            )

    @property
    def bucket(self) -> str:
        """The bucket of `location`."""
        return self.location.removeprefix("s3://").partition("/")[0]

    @property
    def prefix(self) -> str:
        """What keys under `location` start with: empty, or ending with a slash."""
        key = self.location.removeprefix("s3://").partition("/")[2]
        return f"{key}/" if key else ""

    def __str__(self) -> str:
        """For people: database and place."""
        return f"{self.database} at {self.location}"


Warehouse: TypeAlias = Path | GlueWarehouse

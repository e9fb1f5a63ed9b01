"""What is fixed when a lake is made: the format of its tables and the time zone of its days."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spark_jobs.facts.errors import ConfigurationError

SETTINGS_FILE = "lake.json"
FORMAT_VERSION = 1
DEFAULT_TIME_ZONE = "UTC"


@dataclass(frozen=True)
class LakeSettings:
    """The settings file of a lake.

    Args:
        format_version: Changes when older code could misread the tables.
        time_zone: IANA name.
        location: The folder in which the tables were made: their metadata holds its path.
    """

    format_version: int
    time_zone: str
    location: str

    @classmethod
    def adopt(cls, warehouse: Path, time_zone: str | None) -> Self:
        """The lake's settings; a folder without them gets its own, once.

        Raises:
            ConfigurationError: The lake has another time zone or a format that this version does
                not know, the zone does not exist, or the file cannot be read.
        """
        path = warehouse / SETTINGS_FILE
        if not path.exists():
            zone = _known_zone(time_zone or DEFAULT_TIME_ZONE)
            _write_if_absent(path, cls(FORMAT_VERSION, zone, str(warehouse.resolve())))
        settings = cls._read(path)
        settings.refuse_elsewhere(warehouse)
        if settings.format_version != FORMAT_VERSION:
            raise ConfigurationError(
                f"the lake has format {settings.format_version}, this version writes "
                f"{FORMAT_VERSION}",
                where=str(path),
                cure="use the version that made the lake, or rebuild it from the archive",
            )
        if time_zone and time_zone != settings.time_zone:
            raise ConfigurationError(
                f"time_zone is {time_zone}, but the days of this lake are those of "
                f"{settings.time_zone}",
                where=str(path),
                cure=f"set time_zone to {settings.time_zone}, or rebuild the lake in a new folder",
            )
        return settings

    def refuse_elsewhere(self, warehouse: Path) -> None:
        """Nothing where the lake stands where it was made.

        A copy would write into its own metadata and point at the data of the original.

        Raises:
            ConfigurationError: It was moved or copied.
        """
        if warehouse.resolve() != Path(self.location):
            raise ConfigurationError(
                f"the lake was made at {self.location}, where its tables' metadata points to",
                where=str(warehouse),
                cure="put it back there, or make it anew from the archived files",
            )

    @classmethod
    def _read(cls, path: Path) -> Self:
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            zone = _known_zone(str(values["time_zone"]))
            return cls(int(values["format_version"]), zone, str(values["location"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"not the settings of a lake: {error}",
                where=str(path),
                cure="restore the file, or rebuild the lake in a new folder",
            ) from error


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"{name!r} is no time zone", where="time_zone", cure="use an IANA name: Europe/Berlin"
        ) from error
    return name


def _write_if_absent(path: Path, settings: LakeSettings) -> None:
    """Write whole and only where nothing is: a reader never sees half, a second writer loses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{SETTINGS_FILE}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(settings), file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # the other writer's settings are read and compared by the caller
        except OSError:  # a file system without links
            Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)

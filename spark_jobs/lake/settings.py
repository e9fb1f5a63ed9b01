"""What is fixed when a lake is made: the format of its tables and the time zone of its days."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.lake.settings_file import SettingsFile
from spark_jobs.session.warehouse import Warehouse

SETTINGS_FILE = "lake.json"
FORMAT_VERSION = 1
DEFAULT_TIME_ZONE = "UTC"


@dataclass(frozen=True)
class LakeSettings:
    """The settings file of a lake.

    Args:
        format_version: Changes when older code could misread the tables.
        time_zone: IANA name.
        location: Where the tables were made, folder or place on S3: their metadata holds it.
    """

    format_version: int
    time_zone: str
    location: str

    @classmethod
    def adopt(cls, warehouse: Warehouse, time_zone: str | None) -> Self:
        """The lake's settings; a lake without them gets its own, once.

        Raises:
            ConfigurationError: The lake has another time zone or a format that this version does
                not know, the zone does not exist, or the file cannot be read.
        """
        file = SettingsFile(warehouse, SETTINGS_FILE)
        content = file.read()
        if content is None:
            zone = _known_zone(time_zone or DEFAULT_TIME_ZONE)
            # Where another writer was first, it is his settings that are compared below.
            own = cls(FORMAT_VERSION, zone, file.place)
            content = file.write_if_absent(json.dumps(asdict(own)))
        settings = cls._parsed(content, str(file))
        settings.refuse_elsewhere(file)
        if settings.format_version != FORMAT_VERSION:
            raise ConfigurationError(
                f"the lake has format {settings.format_version}, this version writes "
                f"{FORMAT_VERSION}",
                where=str(file),
                cure="use the version that made the lake, or rebuild it from the archive",
            )
        if time_zone and time_zone != settings.time_zone:
            raise ConfigurationError(
                f"time_zone is {time_zone}, but the days of this lake are those of "
                f"{settings.time_zone}",
                where=str(file),
                cure=f"set time_zone to {settings.time_zone}, or rebuild the lake in a new folder",
            )
        return settings

    def refuse_elsewhere(self, file: SettingsFile) -> None:
        """Nothing where the lake stands where it was made.

        A copy would write into its own metadata and point at the data of the original.

        Raises:
            ConfigurationError: It was moved or copied.
        """
        if file.place != self.location:
            raise ConfigurationError(
                f"the lake was made at {self.location}, where its tables' metadata points to",
                where=file.place,
                cure="put it back there, or make it anew from the archived files",
            )

    @classmethod
    def _parsed(cls, content: bytes, where: str) -> Self:
        try:
            values = json.loads(content)
            zone = _known_zone(str(values["time_zone"]))
            return cls(int(values["format_version"]), zone, str(values["location"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"not the settings of a lake: {error}",
                where=where,
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

"""What the function is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spark_jobs.facts.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """Names of what cleanup works on."""

    state_table: str
    landing_prefix: str
    state_machine_arn: str
    topic_arn: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """The settings that an environment holds.

        Raises:
            ConfigurationError: A variable is missing; all that are missing at once.
        """
        names = {field: f"ORDERS_{field.upper()}" for field in cls.__dataclass_fields__}
        missing = [name for name in names.values() if not environment.get(name)]
        if missing:
            raise ConfigurationError(
                f"{', '.join(missing)} not set",
                where="environment of cleanup",
                cure="apply the Terraform of this version",
            )
        return cls(**{field: environment[name] for field, name in names.items()})

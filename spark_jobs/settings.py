"""Settings: `orders.toml`, overridden by `ORDERS_*`, overridden by flags."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spark_jobs.facts.errors import ConfigurationError
from spark_jobs.facts.task import TASK_VARIABLES
from spark_jobs.facts.words import EngineName

FILE = "orders.toml"
PREFIX = "ORDERS_"
NOT_SETTINGS = {"ORDERS_DEBUG", "ORDERS_CONFIG", "ORDERS_KILL_AT", *TASK_VARIABLES}
"""Variables with our prefix that are no settings."""
ALL_FILES, ANY_FILE = "all_files", "any_file"
_MIB = 1024 * 1024

Reader = Callable[[object], Any]
"""Takes a value of TOML, or the text of a variable or flag, and returns it typed; raises ValueError
with what would have been right."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("write some text")
    return value.strip()


def _path(value: object) -> Path:
    return value if isinstance(value, Path) else Path(_text(value)).expanduser()


def _engine(value: object) -> EngineName:
    if value not in set(EngineName):
        raise ValueError(f"use one of {', '.join(EngineName)}")
    return EngineName(str(value))


def _rejection(value: object) -> str:
    if value not in (ALL_FILES, ANY_FILE):
        raise ValueError(f"use {ALL_FILES} or {ANY_FILE}")
    return str(value)


def _positive(value: object) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[0-9][0-9_]{0,17}", str(value)):
        raise ValueError("write a whole number, 0 or more")
    number = int(str(value))
    if number < 1:
        raise ValueError("write a number greater than 0")
    return number


def _size(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{0,8}[kmg]b?", value.lower()):
        raise ValueError("write it as 512m or 4g")
    return value.lower()


def _zone(value: object) -> str:
    name = _text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("use an IANA name: Europe/Berlin") from error
    return name


@dataclass(frozen=True)
class Settings:
    """What the commands may be told once for all; `about` says what each is for.

    Args:
        origins: Where each value comes from: `default`, `orders.toml:3`, `ORDERS_LAKE`, `--lake`.
    """

    engine: EngineName = EngineName.SAIL
    lake: Path = Path(".local/lake")
    contracts: Path | None = None
    archive: Path | None = None
    time_zone: str | None = None
    memory: str | None = None
    master: str | None = None
    reject_batch_on: str = ALL_FILES
    held_after_days: int = 7
    max_field_chars: int = _MIB
    max_decompressed_bytes: int = 20 * 1024 * _MIB
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)


_SETTINGS: dict[str, tuple[Reader, str]] = {
    "engine": (_engine, "sail (in this process, no Java) or spark (Apache Spark)"),
    "lake": (_path, "folder of the lake"),
    "contracts": (_path, "folder of contracts that replaces the bundled ones"),
    "archive": (_path, "where files go after a run; unset: they stay"),
    "time_zone": (_zone, "IANA zone of the lake's days, fixed when a lake is made; unset: UTC"),
    "memory": (_size, "what the engine may use, as 4g"),
    "master": (_text, "Spark only: local[2], spark://..., sc://..."),
    "reject_batch_on": (
        _rejection,
        "all_files or any_file: which files must be unacceptable to reject the whole batch",
    ),
    "held_after_days": (_positive, "items that wait longer for their order are warned about"),
    "max_field_chars": (_positive, "a record with a longer field is malformed"),
    "max_decompressed_bytes": (_positive, "a gzipped file that holds more is rejected"),
}
NAMES = tuple(_SETTINGS)
"""The settings, in the order in which they are shown."""


def about(name: str) -> str:
    """What a setting is for, in one line."""
    return _SETTINGS[name][1]


def load_settings(
    environ: Mapping[str, str],
    flags: Mapping[str, object] | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings of one call.

    Args:
        environ: The environment; an empty variable counts as not set.
        flags: Values of flags by the setting's name; None counts as not given.
        file: The settings file; None: `orders.toml` in the working directory, should it exist.
            Relative paths in it start at its folder.

    Raises:
        ConfigurationError: An unknown setting or a value of the wrong type, with its place.
    """
    values: dict[str, Any] = {}
    origins = dict.fromkeys(NAMES, "default")
    for name, value, origin in _told(environ, flags or {}, file):
        values[name] = _typed(name, value, origin)
        origins[name] = origin
    return Settings(**values, origins=origins)


def unknown_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables with our prefix that nothing reads, each with the nearest name that is read."""
    known = {f"{PREFIX}{name.upper()}" for name in NAMES} | NOT_SETTINGS
    return {
        name: _nearest(name, known)
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
    }


def _told(
    environ: Mapping[str, str], flags: Mapping[str, object], file: Path | None
) -> list[tuple[str, object, str]]:
    """Setting, value, origin: the weakest first."""
    told = _from_file(file) if file or Path(FILE).exists() else []
    variables = {name: f"{PREFIX}{name.upper()}" for name in NAMES}
    told += [
        (name, _number_or_text(name, environ[variable]), variable)
        for name, variable in variables.items()
        if environ.get(variable)
    ]
    told += [
        (name, value, f"--{name.replace('_', '-')}")
        for name, value in flags.items()
        if value is not None
    ]
    return told


def _number_or_text(name: str, text: str) -> object:
    """Text of a variable, as a number where the setting is one."""
    digits = re.fullmatch(r"[0-9]{1,18}", text.strip())
    return int(text) if _SETTINGS[name][0] is _positive and digits else text


def _from_file(file: Path | None) -> list[tuple[str, object, str]]:
    path = file or Path(FILE)
    text = _content(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        cure = "correct the TOML: `name = value`, text in quotes"
        raise ConfigurationError(f"{error}", where=str(path), cure=cure) from error
    told = []
    for name, value in document.items():
        origin = f"{path}:{_line(text, name)}"
        if name not in NAMES:
            raise ConfigurationError(
                f"{name!r} is no setting", where=origin, cure=_nearest(name, set(NAMES))
            )
        if _SETTINGS[name][0] is _positive and isinstance(value, str):
            raise _wrong(name, value, origin, "write a whole number, without quotes")
        is_path = _SETTINGS[name][0] is _path and isinstance(value, str)
        told.append(
            (name, path.parent / Path(str(value)).expanduser() if is_path else value, origin)
        )
    return told


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        cure = "name an existing file with --config, or leave it out"
        raise ConfigurationError(
            error.strerror or str(error), where=str(path), cure=cure
        ) from error
    except UnicodeDecodeError as error:
        cure = "save the file as UTF-8"
        raise ConfigurationError("not UTF-8", where=str(path), cure=cure) from error


def _typed(name: str, value: object, origin: str) -> Any:
    try:
        return _SETTINGS[name][0](value)
    except ValueError as error:
        raise _wrong(name, value, origin, str(error)) from error


def _wrong(name: str, value: object, origin: str, cure: str) -> ConfigurationError:
    return ConfigurationError(f"{value!r} does not fit {name}", where=origin, cure=cure)


def _line(text: str, name: str) -> int:
    """The line on which a key of the file stands; 1 where it is written in an unusual way."""
    key = re.compile(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if key.match(line)), 1)


def _nearest(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"write {near[0]}" if near else f"known are {', '.join(sorted(known))}"

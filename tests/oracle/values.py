"""Text to values: times, numbers, statuses; None and a code where the text does not conform."""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from zoneinfo import ZoneInfo

CENT = Decimal("0.01")
SIX_DECIMALS = Decimal("0.000001")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(Z| UTC|[+-][0-9]{2}:?[0-9]{2})?)?\Z"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_LETTERS = {
    "yyyy": "(?P<Y>[0-9]{4})",
    "MM": "(?P<m>[0-9]{2})",
    "dd": "(?P<d>[0-9]{2})",
    "HH": "(?P<H>[0-9]{2})",
    "mm": "(?P<M>[0-9]{2})",
    "SSS": "(?P<f>[0-9]{3})",
    "ss": "(?P<S>[0-9]{2})",
}


def to_number(text: str, step: Decimal) -> Decimal | None:
    """The exact decimal of the text, rounded half up to the step; None if it is none.

    Up to 16 digits before the point (12 where six decimals are kept), up to 30 behind it.
    """
    if not _NUMBER.match(text):
        return None
    whole, _, fraction = text.lstrip("+-").partition(".")
    if len(whole) > (16 if step == CENT else 12) or len(fraction) > 30:
        return None
    with localcontext() as context:
        context.prec = 400
        return Decimal(text).quantize(step, rounding=ROUND_HALF_UP)


def to_integer(text: str) -> int | None:
    """A whole number in plain ASCII digits, or None."""
    return int(text) if _INTEGER.match(text) and text.isascii() else None


def to_time(text: str, formats: tuple[str, ...], zone: str, lake_zone: str) -> datetime | None:
    """The instant in UTC, by the first format that reads the text; None if none does."""
    for form in formats:
        value = _to_time(text, form, zone, lake_zone)
        if value is not None:
            return value
    return None


def _to_time(text: str, form: str, zone: str, lake_zone: str) -> datetime | None:
    if form in ("epoch_s", "epoch_ms"):
        if not re.match(r"-?[0-9]{1,18}\Z", text):
            return None
        unit = timedelta(seconds=1) if form == "epoch_s" else timedelta(milliseconds=1)
        try:
            return EPOCH + int(text) * unit
        except OverflowError:
            return None
    if form == "iso":
        return _iso(text, zone, lake_zone)
    pattern = re.escape(form)
    for letters, group in _LETTERS.items():
        pattern = pattern.replace(re.escape(letters), group, 1)
    match = re.match(pattern + r"\Z", text)
    if not match:
        return None
    part = {key: int(value) for key, value in match.groupdict().items()}
    alone = "H" not in part
    return _instant(
        (part["Y"], part["m"], part["d"], part.get("H", 0), part.get("M", 0), part.get("S", 0)),
        part.get("f", 0) * 1000,
        lake_zone if alone else zone,
    )


def _iso(text: str, zone: str, lake_zone: str) -> datetime | None:
    match = _ISO.match(text)
    if not match:
        return None
    day, clock, second, fraction, offset = match.groups()
    year, month, date = (int(x) for x in day.split("-"))
    if clock is None:
        return _instant((year, month, date, 0, 0, 0), 0, lake_zone)
    hour, minute = (int(x) for x in clock.split(":"))
    micros = int((fraction or "0").ljust(6, "0")[:6])
    parts = (year, month, date, hour, minute, int(second or 0))
    if offset in ("Z", " UTC"):
        return _instant(parts, micros, "UTC")
    if offset is None:
        return _instant(parts, micros, zone)
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 14 or minutes > 59:
        return None
    value = _instant(parts, micros, "UTC")
    shift = timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
    return value - shift if value else None


def _instant(parts: tuple[int, int, int, int, int, int], micros: int, zone: str) -> datetime | None:
    try:
        local = datetime(*parts, micros, tzinfo=ZoneInfo(zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None

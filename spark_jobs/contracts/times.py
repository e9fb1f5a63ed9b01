"""Time formats of contracts as SQL: a strict pattern first, then a cast that engines share.

Engines accept more than a time (`'now'`, `'10:00:00'`, year 1): the pattern decides what is one,
the cast only whether the day exists.
"""

import re

OFFSET = "(Z| UTC|[+-](0[0-9]|1[0-4]):?[0-5][0-9])"
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
DATE = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
ISO = f"{DATE}([T ]{CLOCK}{OFFSET}?)?"

EARLIEST = "1900-01-01 00:00:00"
"""No time before it is accepted; it also stands for `no life-cycle time` where rows compete."""

EPOCHS = {
    "epoch_s": ("[0-9]{1,11}", "timestamp_seconds"),
    "epoch_ms": ("[0-9]{1,14}", "timestamp_millis"),
}

LETTERS = {
    "yyyy": "[0-9]{4}",
    "MM": "(0[1-9]|1[0-2])",
    "dd": "(0[1-9]|[12][0-9]|3[01])",
    "HH": "([01][0-9]|2[0-3])",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "SSS": "[0-9]{3}",
}
"""The letters of a fixed format, each with the digits that it stands for."""

_TOKEN = re.compile("|".join(sorted(LETTERS, key=len, reverse=True)))


def full_match(value: str, pattern: str) -> str:
    """SQL that is true where the whole of `value` matches; `$` would let a newline pass."""
    return rf"{value} rlike r'^({pattern})\z'"


def is_time(value: str, formats: tuple[str, ...]) -> str:
    """SQL that is true where `value` looks like one of the formats."""
    return "(" + " or ".join(full_match(value, _pattern(name)) for name in formats) + ")"


def to_timestamp(value: str, formats: tuple[str, ...], zone: str, lake_zone: str) -> str:
    """SQL for the instant of `value`, NULL where no format fits or the day does not exist.

    Args:
        value: SQL of the trimmed text.
        formats: As in the contract.
        zone: IANA zone of times that name none.
        lake_zone: IANA zone of dates without a time.
    """
    if formats == ("iso",):
        return _iso(value, zone, lake_zone)
    cases = [
        f"when {full_match(value, _pattern(f))} then {_convert(value, f, zone, lake_zone)}"
        for f in formats
    ]
    return f"case {' '.join(cases)} end"


def _pattern(name: str) -> str:
    if name == "iso":
        return ISO
    if name in EPOCHS:
        return f"-?{EPOCHS[name][0]}"
    pattern, position = "", 0
    for token in _TOKEN.finditer(name):
        pattern += _literal(name[position : token.start()]) + LETTERS[token.group()]
        position = token.end()
    return pattern + _literal(name[position:])


def _literal(text: str) -> str:
    return "".join(f"[{letter}]" for letter in text)


def _convert(value: str, name: str, zone: str, lake_zone: str) -> str:
    if name == "iso":
        return _iso(value, zone, lake_zone)
    if name in EPOCHS:
        return f"{EPOCHS[name][1]}(try_cast({value} as bigint))"
    at = {token.group(): token.start() + 1 for token in _TOKEN.finditer(name)}
    part = {letters: f"substr({value}, {start}, {len(letters)})" for letters, start in at.items()}
    date = f"{part['yyyy']}, '-', {part['MM']}, '-', {part['dd']}"
    if "HH" not in part:
        return _in_zone(f"try_cast(concat({date}) as timestamp)", lake_zone)
    clock = [part["HH"], *(f"':', {part[p]}" for p in ("mm", "ss") if p in part)]
    fraction = f", '.', {part['SSS']}" if "SSS" in part else ""
    text = f"concat({date}, ' ', {', '.join(clock)}{fraction})"
    return _in_zone(f"try_cast({text} as timestamp)", zone)


def _iso(value: str, zone: str, lake_zone: str) -> str:
    # Engines read no offset behind a clock without seconds: there, they are put in.
    with_seconds = f"concat(left({value}, 16), ':00', substr({value}, 17))"
    instant = (
        f"case when substr({value}, 17, 1) in ('Z', ' ', '+', '-')"
        f" then try_cast({with_seconds} as timestamp) else try_cast({value} as timestamp) end"
    )
    if zone == lake_zone == "UTC":
        return instant
    return (
        f"case when length({value}) = 10 then {_in_zone(instant, lake_zone)} "
        rf"when {value} rlike r'{OFFSET}\z' then {instant} else {_in_zone(instant, zone)} end"
    )


def _in_zone(instant: str, zone: str) -> str:
    return instant if zone == "UTC" else f"to_utc_timestamp({instant}, '{zone}')"

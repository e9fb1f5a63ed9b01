"""Columns of numbers to columns of text, and those to lines of CSV: vectorised, no float."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.generate.catalogue import MOST_CENTS
from spark_jobs.generate.chance import Bools, Ints
from spark_jobs.generate.shop import NEVER

Text: TypeAlias = pa.Array
"""An array of strings; null is an empty field."""


def numbers(values: Ints, prefix: str = "") -> Text:
    """Whole numbers in digits."""
    digits = pa.array(values).cast(pa.string())
    return pc.binary_join_element_wise(prefix, digits, "") if prefix else digits


def words(choices: Sequence[str], index: Ints) -> Text:
    """The word at each index."""
    return pa.array(choices, pa.string()).take(pa.array(index))


def money(cents: Ints, noisy: Bools | None = None) -> Text:
    """Amounts in exact decimals; where `noisy`, as a 32-bit float prints (as real exports do)."""
    if noisy is None or not noisy.any():
        return _amounts().take(pa.array(cents))
    index = pa.array(cents)
    return pc.if_else(pa.array(noisy), _noisy_amounts().take(index), _amounts().take(index))


def times(seconds: Ints) -> Text:
    """`2026-03-01T12:00:00`; null for NEVER."""
    blank = pa.array(seconds, mask=seconds == NEVER).cast(pa.timestamp("s")).cast(pa.string())
    return pc.binary_replace_slice(blank.cast(pa.binary()), 10, 11, b"T").cast(pa.string())


def dates(seconds: Ints) -> Text:
    """`2026-03-01`."""
    return pa.array(seconds).cast(pa.timestamp("s")).cast(pa.date32()).cast(pa.string())


def escaped(values: Iterable[str]) -> Text:
    """Fields that may hold commas and quotes, quoted as RFC 4180 asks."""
    return pa.array([field(value) for value in values], pa.string())


def field(value: str, delimiter: str = ",") -> str:
    """One field, quoted where it must be."""
    if any(character in value for character in (delimiter, '"', "\n", "\r")):
        return '"' + value.replace('"', '""') + '"'
    return value


def lines(columns: Sequence[Text]) -> Text:
    """Each row as one record with its line end."""
    ended = pc.binary_join_element_wise(
        columns[-1], "\n", "", null_handling="replace", null_replacement=""
    )
    return pc.binary_join_element_wise(
        *columns[:-1], ended, ",", null_handling="replace", null_replacement=""
    )


def raw(rows: Text) -> tuple[memoryview, Ints]:
    """The bytes of all rows without a copy, and where each begins (one entry more than rows)."""
    _, offsets, data = rows.buffers()
    begins = np.frombuffer(offsets, np.int32)[rows.offset : rows.offset + len(rows) + 1]
    return memoryview(data) if data is not None else memoryview(b""), begins.astype(np.int64)


@cache
def _amounts() -> Text:
    return pa.array([f"{c // 100}.{c % 100:02d}" for c in range(MOST_CENTS + 1)], pa.string())


@cache
def _noisy_amounts() -> Text:
    floats = np.arange(MOST_CENTS + 1).astype(np.float32) / np.float32(100)
    return pa.array([f"{float(f):.15g}" for f in floats], pa.string())

"""Where the lines and records of a segment are: vectorised, careful only where it must be.

A line is *regular* when it is one record for certain, whatever stands before and behind it:
it has no quote, or only quotes that begin no field, or only fields that are quoted by the
book. All other lines go through the careful reader, record by record.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_jobs.facts.violations import FileCode
from spark_jobs.preflight.faults import Fault, encoding_fault
from spark_jobs.preflight.records import Grammar, OpenQuote, Record, count_breaks

Places = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_LF, _CR, _QUOTE = b'\n\r"'
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Structure:
    """The records of a segment.

    Args:
        data: The segment; it begins with a record and ends with a line break, or the file.
        starts: Where each physical line begins; one more entry marks the end of the last.
        record_lines: The first line of each record.
        careful: By their first line, the records that the fast reader must not see.
        spread: By their first line, where the other records end that span several lines.
        padded: Blank lines that hold blanks, which the fast reader must not see either.
        lines: Physical lines up to the last whole record.
        blank_lines: Those of them that are blank.
        open_at: Where a record begins that goes on in the next segment, or None.
    """

    data: bytes
    starts: Places
    record_lines: Places
    careful: dict[int, Record]
    spread: dict[int, int]
    padded: tuple[int, ...]
    lines: int
    blank_lines: int
    open_at: int | None = None
    fault: Fault | None = None

    @property
    def records(self) -> int:
        """How many whole records it has."""
        return len(self.record_lines)


def survey(
    data: bytes,
    grammar: Grammar,
    *,
    final: bool,
    max_field_chars: int,
    all_careful: bool = False,
) -> Structure:
    """The structure of a segment.

    Args:
        data: It begins with a record.
        grammar: The delimiter.
        final: Whether the file ends with it.
        max_field_chars: Longer lines are read carefully.
        all_careful: Trust no shortcut; the result is the same, which the tests prove.
    """
    starts, ends = _lines(data)
    fault = encoding_fault(data)
    blank, padded = _blank_lines(data, starts, ends, grammar.blanks)
    foreign = (ends - starts[:-1]) > max_field_chars
    foreign |= _foreign(data, starts) | all_careful
    irregular = foreign | _irregular_quotes(data, starts, ends, grammar.byte)
    walk = _Walk(data, grammar, starts, max_field_chars)
    count = fault.line if fault else walk.go(irregular & ~blank, foreign)
    if walk.quote and (final or walk.quote.over_limit):
        fault = _open_quote(data, walk.quote, grammar.max_quoted_lines)
    return Structure(
        data=data,
        starts=starts,
        record_lines=np.flatnonzero(~blank[:count] & ~walk.inner[:count]),
        careful=walk.careful,
        spread=walk.spread,
        padded=tuple(line for line in padded if line < count and not walk.inner[line]),
        lines=count,
        blank_lines=int(np.count_nonzero(blank[:count] & ~walk.inner[:count])),
        open_at=int(starts[count]) if walk.quote else None,
        fault=fault,
    )


class _Walk:
    """Goes from one irregular line to the next, past the records that begin there."""

    def __init__(self, data: bytes, grammar: Grammar, starts: Places, max_field_chars: int) -> None:
        self._data = data
        self._grammar = grammar
        self._starts = starts
        self._max_field_chars = max_field_chars
        self.inner: _Flags = np.zeros(len(starts) - 1, dtype=np.bool_)
        """Lines that go on with the record of a line before."""
        self.careful: dict[int, Record] = {}
        self.spread: dict[int, int] = {}
        self.quote: OpenQuote | None = None

    def _is_special(self, start: int, end: int, foreign: _Flags) -> bool:
        """Whether a record by the book needs the careful reader all the same."""
        too_many = len(foreign) > self._grammar.max_quoted_lines
        return too_many or end - start > self._max_field_chars or bool(foreign.any())

    def go(self, irregular: _Flags, foreign: _Flags) -> int:
        """Walks to the end, or to the record of a quote that stays open; returns its line."""
        data, after = self._data, 0
        for line in np.flatnonzero(irregular).tolist():
            if line < after:
                continue
            start = int(self._starts[line])
            end = self._grammar.whole(data, start)
            inner = count_breaks(data[start:end]) if end is not None else 0
            if end is None or self._is_special(start, end, foreign[line : line + 1 + inner]):
                record = self._grammar.scan(data, start)
                if isinstance(record, OpenQuote):
                    self.quote = record
                    return int(line)
                self.careful[line] = record
                inner = count_breaks(data[start : record.end])
            elif inner:
                self.spread[line] = end
            after = line + 1 + inner
            self.inner[line + 1 : after] = True
        return len(self.inner)


def _open_quote(data: bytes, quote: OpenQuote, max_quoted_lines: int) -> Fault:
    line = count_breaks(data[: quote.at])
    until = f"over more than {max_quoted_lines} lines" if quote.over_limit else "at the end"
    return Fault(FileCode.UNCLOSED_QUOTE, f"a quote is open {until}", line)


def _lines(data: bytes) -> tuple[Places, Places]:
    """Where the lines begin (and the last one's end), and where their text ends."""
    array = np.frombuffer(data, dtype=np.uint8)
    following = np.flatnonzero(array == _LF) + 1
    ends = following - 1
    if b"\r" in data:
        ends = ends - ((ends > 0) & (array[ends - 1] == _CR))
        returns = np.flatnonzero(array == _CR)
        is_last = returns == len(data) - 1
        lone = returns[is_last | (array[returns + 1 - is_last] != _LF)]
        following = np.concatenate([following, lone + 1])
        ends = np.concatenate([ends, lone])
        order = np.argsort(following, kind="stable")
        following, ends = following[order], ends[order]
    if len(data) and (not len(following) or following[-1] < len(data)):
        following, ends = np.append(following, len(data)), np.append(ends, len(data))
    return np.concatenate([np.zeros(1, dtype=np.int64), following]), ends


def _blank_lines(
    data: bytes, starts: Places, ends: Places, blanks: bytes
) -> tuple[_Flags, list[int]]:
    """Which lines are blank, and those among them that are not empty."""
    begins = starts[:-1]
    blank = begins == ends
    if not len(data):
        return blank, []
    array = np.frombuffer(data, dtype=np.uint8)
    edges = np.frombuffer(blanks, dtype=np.uint8)
    first = array[np.minimum(begins, len(data) - 1)]
    last = array[np.maximum(ends - 1, 0)]
    maybe = np.flatnonzero(~blank & np.isin(first, edges) & np.isin(last, edges))
    padded = [line for line in maybe.tolist() if not data[begins[line] : ends[line]].strip(blanks)]
    blank[padded] = True
    return blank, padded


def _foreign(data: bytes, starts: Places) -> _Flags:
    """Lines with a NUL, or with a byte-order mark at their start, which the fast reader drops."""
    foreign = np.zeros(len(starts) - 1, dtype=np.bool_)
    array = np.frombuffer(data, dtype=np.uint8)
    if b"\0" in data:
        foreign[np.searchsorted(starts, np.flatnonzero(array == 0), side="right") - 1] = True
    if not data.isascii():
        marked = np.flatnonzero(array[starts[:-1]] == _BOM[0])
        foreign[[line for line in marked if data.startswith(_BOM, int(starts[line]))]] = True
    return foreign


def _irregular_quotes(data: bytes, starts: Places, ends: Places, delimiter: int) -> _Flags:
    """Lines with a quote that begins a field, and any quote that is not by the book."""
    if b'"' not in data:
        return np.zeros(len(ends), dtype=np.bool_)
    array = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(array == _QUOTE)
    line = np.searchsorted(starts, quotes, side="right") - 1
    first_in_line = np.searchsorted(line, np.arange(len(ends)))
    number = np.arange(len(quotes)) - first_in_line[line]
    before = array[np.maximum(quotes - 1, 0)]
    behind = array[np.minimum(quotes + 1, len(array) - 1)]
    begins_field = (quotes == starts[line]) | (before == delimiter)
    ends_field = (quotes + 1 == ends[line]) | (behind == delimiter)
    is_opening = number % 2 == 0
    by_the_book = np.where(
        is_opening, begins_field | (before == _QUOTE), ends_field | (behind == _QUOTE)
    )
    per_line = np.bincount(line, minlength=len(ends))
    wrong = per_line % 2 == 1
    wrong[line[~by_the_book]] = True
    has_field = np.zeros(len(ends), dtype=np.bool_)
    has_field[line[begins_field]] = True
    irregular: _Flags = wrong & has_field
    return irregular

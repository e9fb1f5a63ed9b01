"""From the records of a segment to rows: text as received, NULL where a field is empty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from spark_jobs.preflight.records import Grammar, OpenQuote, Record, judge
from spark_jobs.preflight.structure import Places, Structure

_EXPECTED = "a regular line is a whole record"


@dataclass(frozen=True)
class Frame:
    """What turns the fields of a file into rows.

    Args:
        index: Position of the file, `_file`.
        schema: Of the rows: `_file`, `_record`, `_line`, then the contract's columns.
        positions: Place in the record of each column that the file has.
        columns: Fields that a record must have.
    """

    index: int
    schema: pa.Schema
    positions: dict[str, int]
    columns: int
    max_field_chars: int


@dataclass(frozen=True)
class Malformed:
    """A record without a row: its number, first physical line, text as received, and why."""

    record: int
    line: int
    raw: str
    code: str
    message: str


def frame_schema(columns: Sequence[str]) -> pa.Schema:
    """The one schema of all Parquet files of a dataset in a shape."""
    provenance = [("_file", pa.int32()), ("_record", pa.int64()), ("_line", pa.int64())]
    return pa.schema(provenance + [(name, pa.string()) for name in columns])


def read_rows(
    structure: Structure, grammar: Grammar, frame: Frame, *, record: int, line: int
) -> tuple[pa.Table, list[Malformed]]:
    """The rows of a segment in their order, and its malformed records.

    Args:
        structure: Where the records are.
        grammar: The delimiter.
        frame: What makes rows of them.
        record: Records of the file before this segment.
        line: Physical lines of the file before this segment.
    """
    is_careful = np.isin(structure.record_lines, list(structure.careful))
    regular = np.flatnonzero(~is_careful)
    columns, ragged = _read_fast(structure, grammar, frame, len(regular))
    if columns is None:
        columns, ragged, is_careful = {}, [], np.ones(structure.records, dtype=np.bool_)
        regular = np.flatnonzero(~is_careful)
    looked_at = np.sort(np.concatenate([np.flatnonzero(is_careful), regular[ragged]]))
    malformed: list[Malformed] = []
    mended: list[int] = []
    fields: list[list[bytes]] = []
    for place, text, found in _careful_records(structure, grammar, looked_at):
        violation = judge(found, text, frame.columns, frame.max_field_chars)
        if violation is None:
            mended.append(place)
            fields.append(found.fields)
            continue
        first = line + 1 + int(structure.record_lines[place])
        reason = (str(violation.code), violation.message)
        malformed.append(Malformed(record + 1 + place, first, text.decode(), *reason))
    places = np.delete(regular, ragged)
    table = _table(frame, _places(structure, places, record, line), columns)
    if mended:
        careful = _columns_of(fields, frame)
        more = _table(frame, _places(structure, np.array(mended), record, line), careful)
        table = pa.concat_tables([table, more]).sort_by("_record")
    return table, malformed


def record_text(structure: Structure, place: int) -> bytes:
    """The text of the record at that place of the segment, without its line break."""
    first = int(structure.record_lines[place])
    start, following = int(structure.starts[first]), int(structure.starts[first + 1])
    if first in structure.careful:
        return structure.data[start : structure.careful[first].end]
    if first in structure.spread:
        return structure.data[start : structure.spread[first]]
    text = structure.data[start:following]
    return text.removesuffix(b"\n").removesuffix(b"\r")


def _careful_records(
    structure: Structure, grammar: Grammar, places: Places
) -> Iterator[tuple[int, bytes, Record]]:
    for place in places.tolist():
        first = int(structure.record_lines[place])
        found = structure.careful.get(first)
        if found is None:
            scanned = grammar.scan(structure.data, int(structure.starts[first]))
            if isinstance(scanned, OpenQuote):
                raise AssertionError(_EXPECTED)
            found = scanned
        yield place, record_text(structure, place), found


def _read_fast(
    structure: Structure, grammar: Grammar, frame: Frame, expected: int
) -> tuple[dict[str, pa.ChunkedArray] | None, list[int]]:
    """The columns of the regular lines, and which of these lines are ragged.

    Returns None instead of columns where the reader counts other records than the structure.
    """
    if not expected:
        return {}, []
    data = _regular_text(structure)
    names = [str(position) for position in range(frame.columns)]
    wanted = [str(position) for position in frame.positions.values()]
    ragged: list[int] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row.number - 1)
        return "skip"

    table = pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=names
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=grammar.delimiter,
            newlines_in_values=bool(structure.spread),
            invalid_row_handler=skip,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in wanted},
            include_columns=wanted,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    if table.num_rows + len(ragged) != expected:
        return None, []
    return {name: table.column(str(at)) for name, at in frame.positions.items()}, ragged


def _regular_text(structure: Structure) -> bytes:
    """The segment without the records and lines that the fast reader must not see."""
    starts, data = structure.starts, structure.data
    end = int(starts[structure.lines])
    spans = [(int(starts[first]), found.following) for first, found in structure.careful.items()]
    spans += [(int(starts[line]), int(starts[line + 1])) for line in structure.padded]
    if not spans:
        return data if end == len(data) else data[:end]
    view, pieces, position = memoryview(data), [], 0
    for begin, following in sorted(spans):
        pieces.append(view[position:begin])
        position = following
    pieces.append(view[position:end])
    return b"".join(pieces)


def _columns_of(fields: list[list[bytes]], frame: Frame) -> dict[str, pa.Array]:
    return {
        name: pa.array([(row[at].decode() or None) for row in fields], type=pa.string())
        for name, at in frame.positions.items()
    }


def _places(structure: Structure, places: Places, record: int, line: int) -> pa.Table:
    """Record numbers and first lines of the records at those places of the segment."""
    lines = structure.record_lines[places] + (line + 1)
    return pa.table({"_record": places + (record + 1), "_line": lines})


def _table(frame: Frame, places: pa.Table, columns: dict[str, pa.ChunkedArray]) -> pa.Table:
    count = places.num_rows
    known = {"_file": pa.array(np.full(count, frame.index, dtype=np.int32)), **columns}
    known |= {name: places.column(name) for name in places.column_names}
    missing = pa.nulls(count, pa.string())
    arrays = [known.get(name, missing) for name in frame.schema.names]
    return pa.table(arrays, schema=frame.schema)

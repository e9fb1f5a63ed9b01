"""The text of single records as received, for the quarantine."""

from collections.abc import Iterable, Iterator

from spark_jobs.facts.errors import TransientError
from spark_jobs.preflight.model import (
    DEFAULT_LIMITS,
    BadFileError,
    FileReport,
    Limits,
    SourceFile,
)
from spark_jobs.preflight.records import Grammar
from spark_jobs.preflight.rows import record_text
from spark_jobs.preflight.segments import Reading
from spark_jobs.preflight.structure import Structure, survey


def raw_records(
    source: SourceFile,
    report: FileReport,
    wanted: Iterable[int],
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[tuple[int, int, str]]:
    """Record number, first physical line and text of each wanted record, streaming.

    The text is that of the file without the record's line break, decoded where the file is
    not UTF-8.

    Args:
        source: The file, which is read again.
        report: What `preflight` said of the file, which must be usable.
        wanted: Record numbers, ascending.
        limits: The limits that preflight had.

    Raises:
        TransientError: The file is no longer what preflight read.
    """
    numbers = iter(wanted)
    number = next(numbers, None)
    if number is None:
        return
    try:
        for records, lines, structure in _structures(source, report, limits):
            while number is not None and number <= records + structure.records:
                place = number - records - 1
                line = lines + 1 + int(structure.record_lines[place])
                yield number, line, record_text(structure, place).decode("utf-8")
                number = next(numbers, None)
            if number is None:
                return
    except BadFileError as error:
        raise _changed(source, str(error)) from error
    raise _changed(source, f"record {number} is not in it")


def _structures(
    source: SourceFile, report: FileReport, limits: Limits
) -> Iterator[tuple[int, int, Structure]]:
    """Records and lines before each segment, and its structure."""
    grammar = Grammar(report.delimiter, limits.max_quoted_lines)
    reading = Reading(source, limits)
    records, lines, carried = 0, -1, b""
    for segment in reading.segments_again(report.encoding, report.delimiter):
        if lines < 0 and reading.header:
            lines = reading.header.lines + reading.header.blank_lines
        structure = survey(
            carried + segment.data,
            grammar,
            final=segment.final,
            max_field_chars=limits.max_field_chars,
        )
        if structure.fault:
            raise _changed(source, structure.fault.text)
        yield records, lines, structure
        records, lines = records + structure.records, lines + structure.lines
        at = structure.open_at
        carried = b"" if at is None else structure.data[at:]


def _changed(source: SourceFile, what: str) -> TransientError:
    return TransientError(
        f"the file is not what preflight read: {what}",
        where=source.name,
        cure="start again when the file is no longer written to",
    )

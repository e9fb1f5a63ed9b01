"""The text of single records as received, for the quarantine."""

from collections.abc import Iterable, Iterator

from spark_jobs.facts.errors import TransientError
from spark_jobs.preflight.again import structures_again
from spark_jobs.preflight.model import (
    DEFAULT_LIMITS,
    BadFileError,
    FileReport,
    Limits,
    SourceFile,
)
from spark_jobs.preflight.rows import record_text


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
        again = structures_again(source, report.encoding, report.delimiter, limits)
        for records, lines, structure in again:
            if structure.fault:
                raise _changed(source, structure.fault.text)
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


def _changed(source: SourceFile, what: str) -> TransientError:
    return TransientError(
        f"the file is not what preflight read: {what}",
        where=source.name,
        cure="start again when the file is no longer written to",
    )

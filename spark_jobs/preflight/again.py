"""A file that is read once more: for single records, or to count those of a refused one."""

from collections.abc import Iterator

from spark_jobs.preflight.model import BadFileError, Limits, SourceFile
from spark_jobs.preflight.records import Grammar
from spark_jobs.preflight.segments import Reading
from spark_jobs.preflight.structure import Structure, survey


def structures_again(
    source: SourceFile, encoding: str, delimiter: str, limits: Limits
) -> Iterator[tuple[int, int, Structure]]:
    """Records and lines before each segment, and its structure; a fault in it ends the file.

    Raises:
        BadFileError: The file cannot be read any more.
    """
    grammar = Grammar(delimiter, limits.max_quoted_lines)
    reading = Reading(source, limits)
    records, lines, carried = 0, -1, b""
    for segment in reading.segments_again(encoding, delimiter):
        if lines < 0 and reading.header:
            lines = reading.header.lines + reading.header.blank_lines
        structure = survey(
            carried + segment.data,
            grammar,
            final=segment.final,
            max_field_chars=limits.max_field_chars,
        )
        yield records, lines, structure
        if structure.fault:
            return
        records, lines = records + structure.records, lines + structure.lines
        at = structure.open_at
        carried = b"" if at is None else structure.data[at:]


def count_refused(source: SourceFile, encoding: str, delimiter: str, limits: Limits) -> int:
    """The records of a file whose header was refused, as far as they can be told apart.

    Nobody reads them, but whoever sent them is told how many they are.
    """
    records = 0
    try:
        for before, _, structure in structures_again(source, encoding, delimiter, limits):
            records = before + structure.records
    except BadFileError:
        return records
    return records

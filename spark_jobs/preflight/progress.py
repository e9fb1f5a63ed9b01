"""What is known of one file while its segments pass through."""

from dataclasses import dataclass

from spark_jobs.facts.canonical import KEYS
from spark_jobs.facts.violations import FileCode, Violation, WarningCode
from spark_jobs.preflight.model import FileReport
from spark_jobs.preflight.parquet import FileOutput
from spark_jobs.preflight.segments import Reading, Segment
from spark_jobs.preflight.structure import Structure

HEADER_CODES = frozenset(
    {
        FileCode.MISSING_COLUMN,
        FileCode.DUPLICATE_COLUMN,
        FileCode.OTHER_DATASET,
        FileCode.AMBIGUOUS_SHAPE,
    }
)
"""What is wrong with a header, not with the bytes."""


@dataclass
class FileProgress:
    """The counts of one file, and what ends it.

    Args:
        carried: Text of a record that began in the last segment and goes on in the next.
    """

    index: int
    reading: Reading
    output: FileOutput | None = None
    records: int = 0
    lines: int = 0
    blank_lines: int = 0
    malformed: int = 0
    carried: bytes = b""
    problems: tuple[Violation, ...] = ()
    reported_bytes: int = 0

    def start(self) -> None:
        """Counts what stands before the data."""
        header = self.reading.known_header
        self.lines = header.lines + header.blank_lines
        self.blank_lines = header.blank_lines

    def account(self, structure: Structure, segment: Segment, carried: int) -> None:
        """Adds the whole records of a segment, and keeps what goes on in the next.

        Args:
            structure: What the survey found.
            segment: Where the text comes from.
            carried: Bytes at the start of the structure that came before the segment.
        """
        fault = structure.fault
        if fault:
            place = f"line {self.lines + fault.line + 1}"
            if fault.offset is not None:
                place += f" (offset {segment.offset - carried + fault.offset})"
            self.problems = (Violation(fault.code, f"{fault.text}, {place}"),)
        self.records += structure.records
        self.lines += structure.lines
        self.blank_lines += structure.blank_lines
        at = structure.open_at
        self.carried = b"" if at is None or fault else structure.data[at:]
        most = self.reading.limits.max_record_bytes
        if len(self.carried) > most and not self.problems:
            message = f"a quote is open over more than {most} bytes, line {self.lines + 1}"
            self.problems = (Violation(FileCode.UNCLOSED_QUOTE, message),)

    @property
    def header_was_refused(self) -> bool:
        """Whether the file was refused for its header alone: its records were not looked at."""
        codes = {problem.code for problem in self.problems}
        return bool(codes) and codes <= HEADER_CODES and not self._is_ignored()

    def report(self) -> FileReport:
        """What preflight says of the file."""
        reading, source = self.reading, self.reading.source
        match, header = reading.match, reading.header
        return FileReport(
            index=self.index,
            name=source.name,
            sha256=source.sha256,
            size_bytes=reading.received.size_bytes,
            dataset=match.dataset.dataset if match else source.hint,
            shape=match.contract.shape if match else None,
            encoding=reading.encoding,
            delimiter=header.delimiter if header else ",",
            compression=reading.received.compression,
            header=header.names if header else (),
            extra_columns=match.extra_columns if match else (),
            generated_key=bool(match and match.generated_key),
            records=self.records,
            header_lines=header.lines if header else 0,
            blank_lines=self.blank_lines,
            malformed=self.malformed,
            problems=self.problems,
            warnings=self._warnings(),
            ignored=self._is_ignored(),
        )

    def _is_ignored(self) -> bool:
        """Nothing names a dataset; a file that cannot be read is told, whoever it belongs to."""
        unread = any(p.code == FileCode.CHANGED_WHILE_READING for p in self.problems)
        is_nobodys = self.reading.source.hint is None and self.reading.fits_nothing
        return is_nobodys and bool(self.problems) and not unread

    def _warnings(self) -> tuple[Violation, ...]:
        match = self.reading.match
        warnings = []
        if match and match.extra_columns:
            names = ", ".join(repr(name) for name in match.extra_columns)
            message = f"columns that the contract does not have are not read: {names}"
            warnings.append(Violation(WarningCode.EXTRA_COLUMN, message))
        if match and match.generated_key:
            key = match.dataset.column(KEYS[match.dataset.dataset])
            name = key.source if key else KEYS[match.dataset.dataset]
            message = f"{name!r} is missing: the key is order, product and occurrence in the file"
            warnings.append(Violation(WarningCode.GENERATED_KEY, message, column=name or ""))
        if match and not self.problems and not self.records:
            warnings.append(Violation(WarningCode.NO_RECORDS, "there is no record in the file"))
        return tuple(warnings)

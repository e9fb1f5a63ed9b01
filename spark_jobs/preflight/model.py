"""What preflight takes and what it says of a file."""

from dataclasses import dataclass
from pathlib import Path

from spark_jobs.facts.violations import Violation
from spark_jobs.facts.words import Dataset

_MIB = 1024 * 1024


@dataclass(frozen=True)
class SourceFile:
    """A file to read.

    Args:
        path: Where it lies.
        name: Its name as people see it, relative to the landing folder.
        hint: The dataset that its first folder names, else its stem, else None.
        sha256: Of the bytes as received, in hexadecimal; preflight reads no other bytes.
    """

    path: Path
    name: str
    hint: Dataset | None
    sha256: str


@dataclass(frozen=True)
class Limits:
    """Bounds that keep a hostile file from taking the machine.

    Args:
        max_field_chars: A longer field makes its record malformed.
        max_quoted_lines: A quoted field over more lines rejects the file.
        max_decompressed_bytes: A gzip archive that holds more rejects the file.
        max_record_bytes: A record of more bytes rejects the file, for it must fit into memory.
        segment_bytes: How much is read and written at a time.
    """

    max_field_chars: int = _MIB
    max_quoted_lines: int = 100
    max_decompressed_bytes: int = 20 * 1024 * _MIB
    max_record_bytes: int = 64 * _MIB
    segment_bytes: int = 16 * _MIB


@dataclass(frozen=True)
class FileReport:
    """What preflight found in one file.

    Where there is no problem, `records` = rows in the Parquet + `malformed`; else it is what
    was counted before the problem was met.

    Args:
        index: Position in the list given to `preflight`, and `_file` in the Parquet.
        size_bytes: Of the file as received.
        dataset: As the header says, else the hint.
        encoding: Such as `utf-8`, `utf-16-le`, or what the contract names.
        compression: `none` or `gzip`.
        header: Names as written, blanks around them removed.
        extra_columns: Names in the header that the contract does not have.
        generated_key: The key column is missing, which the contract allows.
        records: Data records, malformed ones too.
        header_lines: Physical lines of the header.
        blank_lines: Lines without anything but blanks; they are no records.
        malformed: Records that have no row in the Parquet.
        problems: Any of them rejects the file; for an ignored file, why it is.
        ignored: It belongs to no dataset: nothing names one, and the header fits no contract.
    """

    index: int
    name: str
    sha256: str
    size_bytes: int
    dataset: Dataset | None = None
    shape: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    compression: str = "none"
    header: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    generated_key: bool = False
    records: int = 0
    header_lines: int = 0
    blank_lines: int = 0
    malformed: int = 0
    problems: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    ignored: bool = False

    @property
    def usable(self) -> bool:
        """Whether its rows are in the Parquet."""
        return not self.problems and not self.ignored


DEFAULT_LIMITS = Limits()
"""The limits where nobody sets others."""


class BadFileError(Exception):
    """Ends the reading of one file; becomes the `problems` of its report."""

    def __init__(self, *problems: Violation) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


def bad_file(code: str, message: str) -> BadFileError:
    """A problem made of one violation."""
    return BadFileError(Violation(code, message))

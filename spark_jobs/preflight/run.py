"""Many files at once: segments through a pool of threads, in bounded number and in order.

One thread reads and keeps count; the others survey segments, parse them and write Parquet.
A survey supposes that its segment begins with a record. Where the segment before ends within
a quoted field, that is wrong, and the segment is surveyed again behind the rest of that field.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from spark_jobs.contracts.model import Contract
from spark_jobs.facts.errors import FatalError
from spark_jobs.facts.machine import available_processors
from spark_jobs.preflight.again import count_refused
from spark_jobs.preflight.model import (
    DEFAULT_LIMITS,
    BadFileError,
    FileReport,
    Limits,
    SourceFile,
)
from spark_jobs.preflight.parquet import FileOutput
from spark_jobs.preflight.progress import FileProgress
from spark_jobs.preflight.records import Grammar
from spark_jobs.preflight.rows import Malformed, read_rows
from spark_jobs.preflight.segments import Reading, Segment
from spark_jobs.preflight.structure import Structure, survey


def preflight(
    files: Sequence[SourceFile],
    contracts: Sequence[Contract],
    out: Path,
    limits: Limits = DEFAULT_LIMITS,
    *,
    threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[FileReport]:
    """One report for each file, in order; the rows of usable files are Parquet under `out`.

    `out/<shape>/<dataset>/f<index>-<segment>.parquet` has `_file`, `_record` (from 1),
    `_line` (first physical line, from 1) and the contract's source columns as text, NULL where
    empty; `out/malformed/f<index>.parquet` has the records that have no fields to speak of.

    Args:
        files: What to read; `_file` is the place in it.
        contracts: The shapes that a file may have.
        out: A folder for the Parquet, made where it is missing.
        limits: What keeps a hostile file from taking the machine.
        threads: Workers; as many as there are processors where it is None.
        on_progress: Called, in this thread, with the bytes done so far, of all files together.
    """
    with ThreadPoolExecutor(threads or available_processors()) as pool:
        run = _Run(pool, threads or available_processors(), out, limits, on_progress)
        return run.read([Reading(file, limits) for file in files], contracts)


class _Surveyed(NamedTuple):
    file: FileProgress
    segment: Segment | None
    structure: Future[Structure] | None
    problem: BadFileError | None


class _Written(NamedTuple):
    file: FileProgress
    segment: Segment
    malformed: Future[list[Malformed]]


class _Run:
    def __init__(
        self,
        pool: ThreadPoolExecutor,
        threads: int,
        out: Path,
        limits: Limits,
        on_progress: Callable[[int], None] | None,
        *,
        all_careful: bool = False,
    ) -> None:
        self._pool = pool
        self._ahead = threads + 1
        self._out = out
        self._limits = limits
        self._on_progress = on_progress
        self._done = 0
        self._all_careful = all_careful
        self._surveys: deque[_Surveyed] = deque()
        self._writes: deque[_Written] = deque()

    def read(self, readings: Sequence[Reading], contracts: Sequence[Contract]) -> list[FileReport]:
        files = [FileProgress(index, reading) for index, reading in enumerate(readings)]
        for file in files:
            self._feed(file, contracts)
        while self._surveys:
            self._settle()
        while self._writes:
            self._collect()
        for file in files:
            self._finish(file)
        return [file.report() for file in files]

    def _feed(self, file: FileProgress, contracts: Sequence[Contract]) -> None:
        """Submits the segments of a file until it ends or is known to be bad."""
        problem = None
        try:
            with closing(file.reading.segments(contracts)) as segments:
                for segment in segments:
                    structure = self._pool.submit(self._survey, file, segment.data, segment.final)
                    self._queue(_Surveyed(file, segment, structure, None))
                    if file.problems:
                        break
        except BadFileError as error:
            problem = error
        # In its turn: what is wrong further up in the file is told first.
        self._queue(_Surveyed(file, None, None, problem))

    def _queue(self, surveyed: _Surveyed) -> None:
        self._surveys.append(surveyed)
        while len(self._surveys) > self._ahead:
            self._settle()

    def _survey(self, file: FileProgress, data: bytes, final: bool) -> Structure:
        return survey(
            data,
            self._grammar(file),
            final=final,
            max_field_chars=self._limits.max_field_chars,
            all_careful=self._all_careful,
        )

    def _grammar(self, file: FileProgress) -> Grammar:
        delimiter = file.reading.known_header.delimiter
        return Grammar(delimiter, self._limits.max_quoted_lines)

    def _settle(self) -> None:
        """Takes the oldest survey, gives its records their numbers, and has them written."""
        file, segment, future, problem = self._surveys.popleft()
        if file.problems:
            return
        if segment is None or future is None:
            file.problems = problem.problems if problem else ()
            return
        structure = future.result()
        carried = len(file.carried)
        if carried:
            structure = self._survey(file, file.carried + segment.data, segment.final)
        if file.output is None:
            file.start()
            file.output = self._output(file)
        record, line = file.records, file.lines
        file.account(structure, segment, carried)
        if file.problems:
            return
        path = file.output.new_path() if structure.records else None
        malformed = self._pool.submit(self._write, file, structure, path, record, line)
        self._writes.append(_Written(file, segment, malformed))
        while len(self._writes) > self._ahead:
            self._collect()

    def _output(self, file: FileProgress) -> FileOutput:
        reading, limits = file.reading, self._limits
        columns = len(reading.known_header.names)
        return FileOutput(
            self._out, file.index, reading.known_match, columns, limits.max_field_chars
        )

    def _write(
        self, file: FileProgress, structure: Structure, path: Path | None, record: int, line: int
    ) -> list[Malformed]:
        if path is None or file.output is None:
            return []
        frame = file.output.frame
        table, malformed = read_rows(
            structure, self._grammar(file), frame, record=record, line=line
        )
        if table.num_rows + len(malformed) != structure.records:
            raise FatalError(
                f"{structure.records} records became {table.num_rows} rows and "
                f"{len(malformed)} malformed records",
                where=f"{file.reading.source.name}, behind line {line}",
                cure="report this with the file: preflight does not trust its own count",
            )
        file.output.write_rows(table, path)
        return malformed

    def _collect(self) -> None:
        """Waits for the oldest write, keeps its malformed records and tells the progress."""
        file, segment, future = self._writes.popleft()
        malformed = future.result()
        file.malformed += len(malformed)
        if file.output is not None:
            file.output.write_malformed(malformed)
        self._tell(file, segment.read_bytes)

    def _finish(self, file: FileProgress) -> None:
        if file.output is not None and file.problems:
            file.output.discard()
        elif file.output is not None:
            file.output.finish()
        elif file.header_was_refused:
            reading = file.reading
            delimiter = reading.known_header.delimiter
            file.records = count_refused(reading.source, reading.encoding, delimiter, self._limits)
        self._tell(file, file.reading.received.size_bytes)

    def _tell(self, file: FileProgress, read_bytes: int) -> None:
        if read_bytes > file.reported_bytes:
            self._done += read_bytes - file.reported_bytes
            file.reported_bytes = read_bytes
            if self._on_progress:
                self._on_progress(self._done)

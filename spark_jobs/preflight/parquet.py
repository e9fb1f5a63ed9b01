"""Where the rows and the malformed records of a file go."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from spark_jobs.contracts.match import Match
from spark_jobs.preflight.rows import Frame, Malformed, frame_schema

MALFORMED_SCHEMA = pa.schema(
    [
        ("_file", pa.int32()),
        ("_record", pa.int64()),
        ("_line", pa.int64()),
        ("raw", pa.string()),
        ("code", pa.string()),
        ("message", pa.string()),
    ]
)


class FileOutput:
    """The Parquet files of one source file.

    Args:
        out: The folder of the whole preflight.
        index: Position of the file, in the names and in `_file`.
    """

    def __init__(self, out: Path, index: int, match: Match, columns: int, max_chars: int) -> None:
        dataset = match.dataset
        names = [column.name for column in dataset.source_columns]
        self._folder = out / match.contract.shape / dataset.dataset
        self._folder.mkdir(parents=True, exist_ok=True)
        self._malformed_path = out / "malformed" / f"f{index}.parquet"
        self._malformed: pyarrow.parquet.ParquetWriter | None = None
        self._paths: list[Path] = []
        # Few distinct values: a dictionary is smaller and not slower; elsewhere it costs time.
        self._dictionary = ["_file", *(c.name for c in dataset.source_columns if c.words)]
        self.frame = Frame(index, frame_schema(names), match.positions, columns, max_chars)

    def new_path(self) -> Path:
        """The path of the file's next segment."""
        path = self._folder / f"f{self.frame.index}-{len(self._paths)}.parquet"
        self._paths.append(path)
        return path

    def write_rows(self, table: pa.Table, path: Path) -> None:
        """Writes one segment; may be called from several threads."""
        pyarrow.parquet.write_table(
            table,
            path,
            compression="snappy",
            use_dictionary=self._dictionary,
            write_statistics=False,
        )

    def write_malformed(self, malformed: Sequence[Malformed]) -> None:
        """Appends malformed records, in the order of the file."""
        if not malformed:
            return
        if self._malformed is None:
            self._malformed_path.parent.mkdir(parents=True, exist_ok=True)
            self._malformed = pyarrow.parquet.ParquetWriter(
                self._malformed_path, MALFORMED_SCHEMA, compression="snappy"
            )
        rows = [(self.frame.index, *astuple(record)) for record in malformed]
        columns = list(zip(*rows, strict=True))
        self._malformed.write_table(pa.table(columns, schema=MALFORMED_SCHEMA))

    def finish(self) -> None:
        """Completes the files; a file without rows leaves an empty one, so that all are there."""
        if self._malformed is not None:
            self._malformed.close()
            self._malformed = None
        if not self._paths:
            self.write_rows(self.frame.schema.empty_table(), self.new_path())

    def discard(self) -> None:
        """Removes all that was written; no write may be under way."""
        if self._malformed is not None:
            self._malformed.close()
            self._malformed = None
        for path in (*self._paths, self._malformed_path):
            path.unlink(missing_ok=True)

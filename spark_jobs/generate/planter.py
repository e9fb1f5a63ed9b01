"""Chooses the records to spoil, evenly over a file, and counts what it planted."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from spark_jobs.facts.violations import FileCode
from spark_jobs.facts.words import Verdict
from spark_jobs.generate import text
from spark_jobs.generate.chance import DEFECTS_STREAM, Ints, stream
from spark_jobs.generate.defects import Defect
from spark_jobs.generate.options import FilePlan
from spark_jobs.generate.text import Text

BAD_RECORDS_PERCENT = 5
"""Above this share of bad records a file is rejected (the bundled contracts' threshold)."""


class Planter:
    """Spoils a share of the records that pass, kind after kind, over all files of a dataset."""

    def __init__(
        self, share: float, defects: Sequence[Defect], header: Sequence[str], seed: Sequence[int]
    ) -> None:
        self._share, self._header = share, tuple(header)
        self._often = [d for d in defects if not d.once]
        self._waiting = [d for d in defects if d.once] if share > 0 else []
        self._chance = stream(seed[0], DEFECTS_STREAM, *seed[1:])
        self._planted, self._owed = 0, 0.0

    def plant(self, columns: Sequence[Text], file: FilePlan) -> list[bytes | memoryview]:
        """The records of these columns as bytes, some of them spoilt, counted in `file`."""
        rows = text.lines(columns)
        data, begins = text.raw(rows)
        pieces: list[bytes | memoryview] = []
        reached = 0
        file.passed(len(rows))
        for position in self._positions(len(rows)).tolist():
            pieces.append(data[reached : begins[position]])
            reached = int(begins[position + 1])
            pieces.append(self._spoil([column[position] for column in columns], file))
        pieces.append(data[reached : begins[-1]])
        return pieces

    def _positions(self, rows: int) -> Ints:
        """Rows to spoil, one at random in each stretch of the same length."""
        self._owed += rows * self._share
        count = min(int(self._owed), rows)
        self._owed -= count
        edges = np.arange(count + 1, dtype=np.int64) * rows // max(count, 1)
        within = self._chance.random(count) * np.diff(edges)
        return edges[:-1] + within.astype(np.int64)

    def _spoil(self, row: Sequence[pa.Scalar], file: FilePlan) -> bytes:
        defect = self._next()
        values = [_unquoted(value.as_py() or "") for value in row]
        counted = file.rejected if defect.rejects else file.warnings
        counted[defect.code] = counted.get(defect.code, 0) + 1
        file.passed(defect.adds)
        record = dict(zip(self._header, values, strict=True))
        return defect.write(record, self._planted).encode()

    def _next(self) -> Defect:
        self._planted += 1
        if self._waiting and self._planted > len(self._often):
            return self._waiting.pop()
        return self._often[self._planted % len(self._often)]


def judge(file: FilePlan) -> None:
    """Set the verdict that the contract's threshold asks for."""
    if file.bad_records * 100 > BAD_RECORDS_PERCENT * (file.records or 0):
        file.verdict, file.file_code = Verdict.REJECTED, FileCode.TOO_MANY_BAD_RECORDS
    elif file.bad_records:
        file.verdict = Verdict.PARTIAL


def _unquoted(value: str) -> str:
    return value[1:-1].replace('""', '"') if value.startswith('"') else value

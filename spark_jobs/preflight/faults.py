"""What ends the reading of a file in the midst of a segment."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_jobs.facts.violations import FileCode
from spark_jobs.preflight.records import count_breaks


@dataclass(frozen=True)
class Fault:
    """Why the file cannot be read on; `line` and `offset` count from the segment's start."""

    code: FileCode
    text: str
    line: int
    offset: int | None = None


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8; releases the interpreter's lock for long ones."""
    if data.isascii():
        return True
    offsets = pa.py_buffer(np.array([0, len(data)], dtype=np.int32))
    try:
        pa.StringArray.from_buffers(1, offsets, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def encoding_fault(data: bytes) -> Fault | None:
    """The first byte that is not UTF-8, or None."""
    if is_utf8(data):
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = f"byte 0x{data[error.start]:02X} is not UTF-8"
        line = count_breaks(data[: error.start])
        return Fault(FileCode.BAD_ENCODING, text, line, error.start)
    return None

"""Files as nobody should send them, as cases of parametrised tests."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from spark_jobs.contracts.model import Contract
from tests.preflight.builders import ITEMS, ORDERS, SHOP, a_contract

HEADER = b"order_id,user_id,region\n"
GOOD = HEADER + b"1,7,north\n2,8,\n"
GOOD_VALUES = [("1", "7", "north"), ("2", "8", None)]
LATIN = a_contract(ORDERS, ITEMS, shape="old", encoding="latin-1")
WINDOWS = a_contract(ORDERS, ITEMS, shape="old", encoding="windows-1252")


@dataclass(frozen=True)
class Case:
    """A file and what must become of it.

    Args:
        says: A part of the first problem's message, or of the first malformed record's.
    """

    id: str
    data: bytes
    values: tuple[tuple[str | None, ...], ...] = ()
    lines: tuple[int, ...] | None = None
    codes: tuple[str, ...] = ()
    problem: str | None = None
    says: str = ""
    blank_lines: int = 0
    contract: Contract = SHOP


def zipped() -> bytes:
    """A zip archive, as Excel workbooks are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


def wide(text: str, encoding: str, mark: bytes = b"") -> bytes:
    """Text in an encoding, behind a byte-order mark."""
    return mark + text.encode(encoding)


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """Runs a test for each case, named by its id."""
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])

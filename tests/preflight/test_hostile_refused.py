"""Files as nobody should send them: what cannot be trusted is refused, with the place."""

import gzip

from spark_jobs.facts.words import Dataset
from spark_jobs.preflight import Limits
from tests.preflight.builders import read
from tests.preflight.cases import (
    GOOD,
    HEADER,
    WINDOWS,
    Case,
    each,
    wide,
    zipped,
)

REFUSED = [
    Case("zero bytes", b"", problem="empty_file", says="0 bytes"),
    Case("blank lines only", b"\n\r\n  \n", problem="empty_file", says="3 blank lines"),
    Case("gzip of nothing", gzip.compress(b""), problem="empty_file"),
    Case("mark only", b"\xef\xbb\xbf", problem="empty_file"),
    Case("zip", zipped(), problem="not_csv", says="xlsx"),
    Case("parquet", b"PAR1\x15\x04", problem="not_csv", says="Parquet"),
    Case("pdf", b"%PDF-1.7\n", problem="not_csv", says="PDF"),
    Case("gzip in gzip", gzip.compress(gzip.compress(GOOD)), problem="not_csv", says="gzip"),
    Case("json", b'{"order_id": 1}\n', problem="not_csv", says="JSON"),
    Case("endless first line", b"x" * 70_000, problem="not_csv", says="65536"),
    Case(
        "latin-1",
        HEADER + b"1,7,n\n2,Ren\xe9,n\n",
        problem="bad_encoding",
        says="byte 0xE9 is not UTF-8, line 3 (offset 35)",
    ),
    Case(
        "latin-1 behind a mark",
        b"\xef\xbb\xbf" + HEADER + b"1,\xe9,n\n",
        problem="bad_encoding",
        says="line 2 (offset 29)",
    ),
    Case(
        "latin-1 in the header",
        b"order_id,user_id,r\xe9gion\n1,7,n\n",
        problem="bad_encoding",
        says="line 1 (offset 18)",
    ),
    Case("utf-8 cut off", HEADER + b"1,7,\xc3", problem="bad_encoding", says="0xC3"),
    Case(
        "utf-16 without mark",
        wide(GOOD.decode(), "utf-16-le"),
        problem="bad_encoding",
        says="utf-16-le without a byte-order mark",
    ),
    Case(
        "utf-16-be without mark",
        wide(GOOD.decode(), "utf-16-be"),
        problem="bad_encoding",
        says="utf-16-be",
    ),
    Case(
        "utf-16 cut off",
        wide(GOOD.decode(), "utf-16-le", b"\xff\xfe")[:-1],
        problem="bad_encoding",
        says="byte 0x0A is not utf-16-le, line 3 (offset 78)",
    ),
    Case(
        "utf-16 lone surrogate",
        wide(HEADER.decode(), "utf-16-le", b"\xff\xfe") + b"\x00\xd8a\0",
        problem="bad_encoding",
        says="line 2 (offset 50)",
    ),
    Case(
        "utf-32",
        wide(GOOD.decode(), "utf-32-le", b"\xff\xfe\0\0"),
        problem="bad_encoding",
        says="utf-32-le",
    ),
    Case(
        "windows-1252 has no 0x81",
        HEADER + b"1,7,n\n2,\x81,n\n",
        problem="bad_encoding",
        says="byte 0x81 is not windows-1252, line 3 (offset 32)",
        contract=WINDOWS,
    ),
    Case(
        "gzip cut off", gzip.compress(GOOD * 9)[:-9], problem="damaged_archive", says="ends early"
    ),
    Case(
        "gzip with a wrong checksum",
        gzip.compress(GOOD)[:-8] + b"\0" * 8,
        problem="damaged_archive",
    ),
    Case("gzip with rubbish behind", gzip.compress(GOOD) + b"rubbish", problem="damaged_archive"),
    Case(
        "gzip bomb",
        gzip.compress(HEADER + b"\n" * 30_000),
        problem="decompression_cap",
        says="20000",
    ),
    Case(
        "column twice",
        b"order_id,user_id,Order_ID \n1,7,1\n",
        problem="duplicate_column",
        says="'order_id' stands 2 times",
    ),
    Case(
        "column missing",
        b"order_id,userid\n1,7\n",
        problem="missing_column",
        says="'user_id' is missing, required for orders of shop; the nearest name",
    ),
    Case(
        "other dataset",
        b"order_item_id,order_id,product_id,price\n1,1,1,1\n",
        problem="other_dataset",
        says="stands as orders, but its header is that of order_items",
    ),
    Case("no header", b"1,7,north\n2,8,south\n", problem="missing_column"),
    Case(
        "quote open at the end",
        HEADER + b'1,7,n\n2,"7,n\n3,7,n\n',
        problem="unclosed_quote",
        says="line 3",
    ),
    Case(
        "quote open over 100 lines",
        HEADER + b'1,"' + b"\n" * 100 + b'",n\n',
        problem="unclosed_quote",
        says="over more than 100 lines, line 2",
    ),
    Case(
        "quote open in the header",
        b'order_id,"user_id\n1,7\n',
        problem="unclosed_quote",
        says="line 1",
    ),
    Case(
        "line without an end",
        HEADER + b"1,7," + b"x" * 5000,
        problem="not_csv",
        says="no line break within 4000 bytes",
    ),
]

LIMITS = Limits(max_field_chars=20, max_decompressed_bytes=20_000, max_record_bytes=4_000)


@each(REFUSED)
def test_what_cannot_be_trusted_is_refused_with_the_place(tmp_path, case):
    result = read(tmp_path, case.data, contracts=[case.contract], limits=LIMITS)
    assert set(result.problems) == {case.problem}
    assert case.says in result.report.problems[0].message
    assert result.rows == []
    assert result.malformed == []
    assert not result.report.usable


@each([case for case in REFUSED if case.problem in ("not_csv", "empty_file", "missing_column")])
def test_what_belongs_to_no_dataset_is_left_alone_with_the_reason(tmp_path, case):
    result = read(tmp_path, case.data, contracts=[case.contract], hint=None)
    fits = "no line break" in case.says
    assert result.report.ignored is not fits
    assert result.report.dataset is (Dataset.ORDERS if fits else None)
    assert set(result.problems) == {case.problem} or fits


def test_a_refused_file_leaves_nothing_behind(tmp_path):
    data = HEADER + b"1,7,n\nshort\n" * 50 + b'2,"open'
    result = read(tmp_path, data, limits=Limits(segment_bytes=64))
    assert result.problems == ["unclosed_quote"]
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
    assert result.report.records > 0

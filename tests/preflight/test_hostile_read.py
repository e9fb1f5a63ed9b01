"""Files as nobody should send them: what can be read is read to the last record."""

import gzip

import pytest

from spark_jobs.preflight import Limits
from tests.preflight.builders import read
from tests.preflight.cases import (
    GOOD,
    GOOD_VALUES,
    HEADER,
    LATIN,
    WINDOWS,
    Case,
    each,
    wide,
)

READ = [
    Case("plain", GOOD, tuple(GOOD_VALUES), lines=(2, 3)),
    Case("last line without newline", GOOD[:-1], tuple(GOOD_VALUES)),
    Case("crlf", GOOD.replace(b"\n", b"\r\n"), tuple(GOOD_VALUES), lines=(2, 3)),
    Case("cr", GOOD.replace(b"\n", b"\r"), tuple(GOOD_VALUES), lines=(2, 3)),
    Case(
        "line ends mixed",
        HEADER + b"1,7,a\r\n2,7,b\r3,7,c\n4,7,d",
        (("1", "7", "a"), ("2", "7", "b"), ("3", "7", "c"), ("4", "7", "d")),
        lines=(2, 3, 4, 5),
    ),
    Case("utf-8 mark", b"\xef\xbb\xbf" + GOOD, tuple(GOOD_VALUES)),
    Case("utf-16-le", wide(GOOD.decode(), "utf-16-le", b"\xff\xfe"), tuple(GOOD_VALUES)),
    Case("utf-16-be", wide(GOOD.decode(), "utf-16-be", b"\xfe\xff"), tuple(GOOD_VALUES)),
    Case("gzip", gzip.compress(GOOD), tuple(GOOD_VALUES)),
    Case("gzip of utf-16", gzip.compress(GOOD.decode().encode("utf-16")), tuple(GOOD_VALUES)),
    Case(
        "gzip of two members",
        gzip.compress(GOOD[:30]) + gzip.compress(GOOD[30:]),
        tuple(GOOD_VALUES),
    ),
    Case("gzip with padding", gzip.compress(GOOD) + b"\0" * 512, tuple(GOOD_VALUES)),
    Case("semicolons", GOOD.replace(b",", b";"), tuple(GOOD_VALUES)),
    Case("tabs", GOOD.replace(b",", b"\t"), tuple(GOOD_VALUES)),
    Case("bars", GOOD.replace(b",", b"|"), tuple(GOOD_VALUES)),
    Case(
        "commas between semicolons",
        b"order_id;user_id;a,b,c,d\n1;7;x,y\n",
        (("1", "7", None),),
    ),
    Case(
        "header in another order and case, with blanks",
        b" REGION , Order_Id,user_id \nnorth,1,7\n",
        (("1", "7", "north"),),
    ),
    Case("header quoted behind a blank", b'order_id, "user_id"\n1,7\n', (("1", "7", None),)),
    Case("header over two lines", b'order_id,user_id,"a\nb"\n1,7,x\n', (("1", "7", None),), (3,)),
    Case("header behind blank lines", b"\n \n" + GOOD, tuple(GOOD_VALUES), (4, 5), blank_lines=2),
    Case("blank lines", HEADER + b"\n1,7,\n \t\n\r\n", (("1", "7", None),), (3,), blank_lines=3),
    Case("values keep their blanks", HEADER + b" 1 ,7,  \n", ((" 1 ", "7", "  "),)),
    Case("quoted empty is NULL", HEADER + b'1,"",""\n', (("1", None, None),)),
    Case("quoted delimiter", HEADER + b'1,"7,8",n\n', (("1", "7,8", "n"),)),
    Case("doubled quotes", HEADER + b'1,"a ""b"" c",n\n', (("1", 'a "b" c', "n"),)),
    Case("only doubled quotes", HEADER + b'1,"""""",n\n', (("1", '""', "n"),)),
    Case(
        "quoted newline",
        HEADER + b'1,"a\nb",n\n2,"c\r\nd",n\n3,e,n\n',
        (("1", "a\nb", "n"), ("2", "c\r\nd", "n"), ("3", "e", "n")),
        lines=(2, 4, 6),
    ),
    Case("quote inside a bare field", HEADER + b'1,19" rack,n\n', (("1", '19" rack', "n"),)),
    Case("quote behind a blank", HEADER + b'1, "a",n\n', (("1", ' "a"', "n"),)),
    Case(
        "backslash is no escape",
        HEADER + b'1,a\\,n\n2,"b\\",n\n',
        (("1", "a\\", "n"), ("2", "b\\", "n")),
    ),
    Case("control-z", HEADER + b"1,a\x1a,n\n", (("1", "a\x1a", "n"),)),
    Case("mark inside", HEADER + "\ufeff1,a,n\n".encode(), (("\ufeff1", "a", "n"),)),
    Case("line separator is text", HEADER + "1,a\u2028b,n\n".encode(), (("1", "a\u2028b", "n"),)),
    Case("latin-1 by contract", HEADER + b"1,Ren\xe9,n\n", (("1", "René", "n"),), contract=LATIN),
    Case(
        "windows-1252 by contract", HEADER + b"1,5 \x80,n\n", (("1", "5 €", "n"),), contract=WINDOWS
    ),
    Case(
        "mark beats contract",
        b"\xef\xbb\xbf" + HEADER + "1,é,n\n".encode(),
        (("1", "é", "n"),),
        contract=LATIN,
    ),
    Case("header only", HEADER),
    Case("header without newline", HEADER[:-1]),
    Case("columns without a name", b"order_id,user_id,,\n1,7,x,y\n", (("1", "7", None),)),
]

MALFORMED = [
    Case(
        "short",
        HEADER + b"1,7\n2,7,n\n",
        (("2", "7", "n"),),
        (3,),
        ("wrong_field_count",),
        says="found 2 fields, expected 3",
    ),
    Case("long", HEADER + b"1,7,n,x\n", codes=("wrong_field_count",), says="found 4 fields"),
    Case(
        "nul",
        HEADER + b"1,\x007,n\n2,7,n\n",
        (("2", "7", "n"),),
        (3,),
        ("nul_byte",),
        says="character 3",
    ),
    Case(
        "nul in a quoted newline",
        HEADER + b'1,"a\n\0",n\n2,7,n\n',
        (("2", "7", "n"),),
        (4,),
        ("nul_byte",),
    ),
    Case(
        "text behind a quote",
        HEADER + b'1,"abc"def,n\n',
        codes=("malformed_quoting",),
        says="'def' behind the closing quote of field 2",
    ),
    Case("blank behind a quote", HEADER + b'1,"abc" ,n\n', codes=("malformed_quoting",)),
    Case(
        "stray quote swallows to the next",
        HEADER + b'1,"a,n\n2,"b,n\n3,c,n\n',
        (("3", "c", "n"),),
        (4,),
        ("malformed_quoting",),
    ),
    Case(
        "field too long",
        HEADER + b"1," + b"x" * 21 + b",n\n2,7,n\n",
        (("2", "7", "n"),),
        (3,),
        ("field_too_long",),
        says="field 2 has 21 characters, 20 are allowed",
    ),
    Case(
        "twenty wide characters fit",
        HEADER + "1,{},n\n".format("é" * 20).encode(),
        (("1", "é" * 20, "n"),),
    ),
    Case(
        "field too long over lines",
        HEADER + b'1,"' + b"x\n" * 11 + b'",n\n',
        codes=("field_too_long",),
    ),
    Case(
        "blank line of spaces among tabs",
        HEADER.replace(b",", b"\t") + b"\t\t\n",
        ((None, None, None),),
    ),
]


@pytest.mark.parametrize("segment_bytes", [7, 1 << 20], ids=["small", "whole"])
@each([*READ, *MALFORMED])
def test_what_can_be_read_is_read_to_the_last_record(tmp_path, case, segment_bytes):
    limits = Limits(max_field_chars=20, segment_bytes=segment_bytes)
    result = read(tmp_path, case.data, contracts=[case.contract], limits=limits)
    assert result.problems == []
    assert result.values == list(case.values)
    assert result.codes == list(case.codes)
    assert result.report.records == len(case.values) + len(case.codes)
    assert result.report.blank_lines == case.blank_lines
    if case.lines is not None:
        assert [line for _, line in result.places] == list(case.lines)
    if case.says:
        assert case.says in result.malformed[0]["message"]


def test_a_quote_over_exactly_a_hundred_lines_is_read(tmp_path):
    data = HEADER + b'1,"' + b"\n" * 99 + b'",n\n2,7,n\n'
    assert read(tmp_path, data).places == [(1, 2), (2, 102)]


def test_a_file_without_records_is_accepted_with_a_warning(tmp_path):
    report = read(tmp_path, HEADER).report
    assert [warning.code for warning in report.warnings] == ["no_records"]
    assert report.usable
    assert report.records == 0

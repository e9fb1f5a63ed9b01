"""Preflight agrees with a plain reader on any text, however it is cut into segments."""

import gzip
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spark_jobs.facts.words import Dataset
from spark_jobs.preflight import raw_records
from spark_jobs.preflight.model import Limits
from tests.preflight.builders import Result, a_column, a_contract, a_dataset, read
from tests.preflight.reference import Reference, reference

PAIRS = a_contract(a_dataset(Dataset.ORDERS, a_column("a"), a_column("b")))
BOUNDS = Limits(max_field_chars=6, max_quoted_lines=3)
PIECES = [
    *(
        "a",
        "b",
        " ",
        "\t",
        '"',
        '""',
        ",",
        ";",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "é",
        "😀",
        "\0",
        "\ufeff",
    ),
    *('"a"', '"a,b"', '"a""b"', '"a\nb"', '"a\r\nb",c\n', '"a\rb"', "a,b\n", "a,b\r\n", '5" c,d\n'),
    *('"",""\n', ",\n", "a,b,c\n", "a\n", ' "a"', '"a" ', '"a"b', "abcdefgh", "  \n"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
RELAXED = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def expect(text: str, delimiter: str = ",") -> Reference:
    """What the plain reader makes of the data."""
    return reference(text, 2, delimiter, BOUNDS)


def agree(result: Result, expected: Reference) -> None:
    """The result is that of the plain reader."""
    if expected.unclosed:
        assert result.problems == ["unclosed_quote"]
        assert not result.rows
        assert not result.malformed
        return
    assert result.problems == []
    found = {row["_record"]: (row["_line"], [row["a"], row["b"]]) for row in result.rows}
    malformed = {
        row["_record"]: (row["_line"], row["code"], row["raw"]) for row in result.malformed
    }
    assert found == expected.rows
    assert malformed == expected.malformed
    assert [row["_record"] for row in result.rows] == sorted(expected.rows)
    assert result.report.records == expected.records
    assert result.report.malformed == len(expected.malformed)
    assert result.report.blank_lines == expected.blank_lines


@given(text=TEXTS, segment_bytes=st.integers(1, 60), careful=st.booleans())
@example(text='"a\nb",c\nd,"e\nf"\n', segment_bytes=4, careful=False)
@example(text="\ufeffa,b\n\ufeff,b\n", segment_bytes=5, careful=False)
@example(text='"\n\n\n",b\n', segment_bytes=3, careful=False)
@example(text='"a\nb\0",c\n', segment_bytes=100, careful=False)
@RELAXED
def test_every_text_is_read_as_a_plain_reader_reads_it(text, segment_bytes, careful):
    with tempfile.TemporaryDirectory() as folder:
        data = f"a,b\n{text}".encode()
        limits = replace(BOUNDS, segment_bytes=segment_bytes)
        result = read(Path(folder), data, contracts=[PAIRS], all_careful=careful, limits=limits)
        agree(result, expect(text))


@given(text=TEXTS)
@RELAXED
def test_one_large_segment_is_read_as_a_plain_reader_reads_it(text):
    with tempfile.TemporaryDirectory() as folder:
        result = read(Path(folder), f"a,b\n{text}".encode(), contracts=[PAIRS], limits=BOUNDS)
        agree(result, expect(text))


@given(
    text=TEXTS,
    delimiter=st.sampled_from(";\t|"),
    segment_bytes=st.integers(1, 60),
    encoding=st.sampled_from(["utf-16", "utf-8-sig", "utf-8"]),
    packed=st.booleans(),
)
@settings(RELAXED, max_examples=50)
def test_delimiter_encoding_and_compression_change_nothing(
    text, delimiter, segment_bytes, encoding, packed
):
    text = text.replace(",", delimiter)
    data = f"a{delimiter}b\n{text}".encode(encoding)
    limits = replace(BOUNDS, segment_bytes=segment_bytes)
    with tempfile.TemporaryDirectory() as folder:
        stored = gzip.compress(data) if packed else data
        result = read(Path(folder), stored, contracts=[PAIRS], limits=limits)
        agree(result, expect(text, delimiter))


@given(text=TEXTS, wanted=st.sets(st.integers(1, 20)), segment_bytes=st.integers(1, 60))
@settings(RELAXED, max_examples=40)
def test_raw_records_are_the_text_as_received(text, wanted, segment_bytes):
    limits = replace(BOUNDS, segment_bytes=segment_bytes)
    with tempfile.TemporaryDirectory() as folder:
        result = read(
            Path(folder), f"a,b\n{text}".encode("utf-16"), contracts=[PAIRS], limits=BOUNDS
        )
        if result.problems:
            return
        numbers = sorted(n for n in wanted if n <= result.report.records)
        found = list(raw_records(result.source, result.report, numbers, limits=limits))
        expected = expect(text)
        lines = {n: line for n, (line, *_) in (expected.rows | expected.malformed).items()}
        assert [(number, line) for number, line, _ in found] == [(n, lines[n]) for n in numbers]
        texts = {n: raw for n, (_, _, raw) in expected.malformed.items()}
        assert all(texts.get(number, raw) == raw for number, _, raw in found)
        again = {n: expect(raw).rows for n, _, raw in found if n in expected.rows}
        assert all(rows[1][1] == expected.rows[n][1] for n, rows in again.items())


@given(data=st.binary(max_size=120), place=st.integers(0, 60), segment_bytes=st.integers(1, 80))
@settings(RELAXED, max_examples=40)
def test_random_bytes_in_a_good_file_lose_no_record(data, place, segment_bytes):
    good = b"".join(b"%d,b\n" % number for number in range(12))
    body = good[:place] + data + good[place:]
    with tempfile.TemporaryDirectory() as folder:
        limits = replace(BOUNDS, segment_bytes=segment_bytes)
        result = read(Path(folder), b"a,b\n" + body, contracts=[PAIRS], limits=limits)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            assert result.problems[0] in ("bad_encoding", "unclosed_quote")
            assert not result.rows
            return
        agree(result, expect(text))

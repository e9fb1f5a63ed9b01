"""Values are written exactly, and the same in every format."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from spark_jobs.cli.console import counted, harmless
from spark_jobs.cli.options import Format
from spark_jobs.cli.output import write_rows
from spark_jobs.cli.values import as_json, as_text
from spark_jobs.facts.words import Verdict

COLUMNS = ("order_date", "total_revenue", "name", "violations")
ROWS = [
    (date(2025, 3, 8), Decimal("1234567890123456789.10"), 'a "b", c', ["x: 1", "y"]),
    (date(2025, 3, 9), Decimal("0.00"), None, None),
]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (Decimal("10.50"), "10.50"),
        (Decimal("0E-8"), "0.00000000"),
        (Decimal("1E+3"), "1000"),
        (True, "true"),
        (7, "7"),
        (date(2025, 3, 8), "2025-03-08"),
        (datetime(2025, 3, 8, 12, tzinfo=timezone(timedelta(hours=2))), "2025-03-08T10:00:00Z"),
        (datetime(2025, 3, 8, 10, 0, 0, 5, tzinfo=UTC), "2025-03-08T10:00:00.000005Z"),
        (["a", "b"], "a | b"),
        (Verdict.PARTIAL, "partial"),
    ],
)
def test_a_value_has_one_way_to_be_written(value: object, text: str) -> None:
    assert as_text(value) == text


def test_json_carries_decimals_digit_by_digit() -> None:
    text = as_json({"a": Decimal("10.50"), "b": [Decimal("12345678901234567890.12"), None, "é\n"]})
    assert text == '{"a": 10.50, "b": [12345678901234567890.12, null, "é\\n"]}'
    assert json.loads(text, parse_float=Decimal)["a"] == Decimal("10.50")


def test_indented_json_is_the_same_document() -> None:
    document = {"a": [1, {"b": []}], "c": {}, "d": Verdict.ACCEPTED}
    assert json.loads(as_json(document, indent=2)) == json.loads(as_json(document))


def test_csv_has_a_header_and_quotes_what_it_must(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(COLUMNS, ROWS, Format.CSV)
    assert capsys.readouterr().out == (
        "order_date,total_revenue,name,violations\n"
        '2025-03-08,1234567890123456789.10,"a ""b"", c",x: 1 | y\n'
        "2025-03-09,0.00,,\n"
    )


def test_json_is_one_array_also_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(COLUMNS, ROWS, Format.JSON)
    rows = json.loads(capsys.readouterr().out, parse_float=str)
    assert rows[0]["total_revenue"] == "1234567890123456789.10"
    assert rows[1] == {
        "order_date": "2025-03-09",
        "total_revenue": "0.00",
        "name": None,
        "violations": None,
    }
    write_rows(COLUMNS, [], Format.JSON)
    assert capsys.readouterr().out == "[]\n"


def test_a_table_shows_every_digit(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(COLUMNS, ROWS, Format.TABLE)
    shown = capsys.readouterr().out
    assert "1,234,567,890,123,456,789.10" in shown
    assert 'a "b", c' in shown


def test_what_a_file_holds_cannot_steer_the_terminal() -> None:
    assert harmless("a\x1b[31mb\r\n") == "a\\x1b[31mb\\r\\n"


def test_a_number_goes_with_its_noun() -> None:
    assert (counted(1, "file"), counted(1200, "file")) == ("1 file", "1,200 files")

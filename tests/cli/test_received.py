"""`--received-at`: a time, or a file of times."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from spark_jobs.cli.received import read_received_at
from spark_jobs.facts.errors import UsageError

TEN = datetime(2025, 3, 8, 10, tzinfo=UTC)


def times(text: str) -> Path:
    path = Path("times.csv")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text", ["2025-03-08T10:00:00Z", "2025-03-08 10:00:00", "2025-03-08T12:00+02:00"]
)
def test_a_time_is_in_utc_unless_it_says_otherwise(text: str) -> None:
    assert read_received_at(text) == TEN


def test_nothing_given_is_left_to_the_clock() -> None:
    assert read_received_at(None) is None


def test_a_file_gives_each_path_its_time() -> None:
    path = times("path,received_at\norders/a.csv,2025-03-08T10:00:00Z\n\n")
    assert read_received_at(str(path)) == {"orders/a.csv": TEN}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,time\n", "times.csv: its header is"),
        ("path,received_at\na.csv\n", "times.csv:2: 1 fields"),
        ("path,received_at\na.csv,soon\n", "times.csv:2: 'soon'"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(text: str, said: str) -> None:
    path = times(text)
    with pytest.raises(UsageError, match=said):
        read_received_at(str(path))


def test_neither_time_nor_file_is_refused() -> None:
    with pytest.raises(UsageError, match="--received-at: 'soon' is neither"):
        read_received_at("soon")

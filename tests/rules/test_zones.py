"""Times without a zone are in the contract's, dates alone in the lake's; instants are instants."""

from datetime import date
from pathlib import Path

import pytest

from spark_jobs.facts.words import Dataset
from spark_jobs.session import Engine
from tests.rules.received import Record, a_record, in_zone, judged, moment

BERLIN, NEW_YORK, UTC = "Europe/Berlin", "America/New_York", "UTC"

Case = tuple[str, str, str]
"""A text, its instant in UTC, its day in the lake's zone."""

IN_BERLIN: list[Case] = [
    ("2025-01-15T10:00:00", "2025-01-15 09:00:00", "2025-01-15"),
    ("2025-07-15 10:00", "2025-07-15 08:00:00", "2025-07-15"),
    ("2025-07-15T00:30:00.25", "2025-07-14 22:30:00.25", "2025-07-15"),
    ("2025-07-15", "2025-07-14 22:00:00", "2025-07-15"),
    ("2025-07-15T10:00:00Z", "2025-07-15 10:00:00", "2025-07-15"),
    ("2025-07-15T23:00:00Z", "2025-07-15 23:00:00", "2025-07-16"),
    ("2025-07-15T23:00:00 UTC", "2025-07-15 23:00:00", "2025-07-16"),
    ("2025-07-15T10:00:00+0530", "2025-07-15 04:30:00", "2025-07-15"),
    ("2025-07-15T01:00-05:00", "2025-07-15 06:00:00", "2025-07-15"),
    # A time that the clocks skip counts on; of an hour that comes twice, it is the first.
    ("2025-03-30T01:59:59", "2025-03-30 00:59:59", "2025-03-30"),
    ("2025-03-30T02:30:00", "2025-03-30 01:30:00", "2025-03-30"),
    ("2025-03-30T03:00:00", "2025-03-30 01:00:00", "2025-03-30"),
    ("2025-10-26T01:59:59", "2025-10-25 23:59:59", "2025-10-26"),
    ("2025-10-26T02:30:00", "2025-10-26 00:30:00", "2025-10-26"),
    ("2025-10-26T03:00:00", "2025-10-26 02:00:00", "2025-10-26"),
]
UTC_IN_NEW_YORK: list[Case] = [
    ("2025-01-15T04:59:59", "2025-01-15 04:59:59", "2025-01-14"),
    ("2025-01-15T05:00:00", "2025-01-15 05:00:00", "2025-01-15"),
    ("2025-07-15T03:59:59Z", "2025-07-15 03:59:59", "2025-07-14"),
    ("2025-01-15", "2025-01-15 05:00:00", "2025-01-15"),
    ("2025-03-09", "2025-03-09 05:00:00", "2025-03-09"),
    ("2025-02-28T23:00:00-05:00", "2025-03-01 04:00:00", "2025-02-28"),
]
BERLIN_IN_UTC: list[Case] = [
    ("2025-01-15T00:30:00", "2025-01-14 23:30:00", "2025-01-14"),
    ("2025-01-15", "2025-01-15 00:00:00", "2025-01-15"),
    ("2025-03-01T00:59:59", "2025-02-28 23:59:59", "2025-02-28"),
]
ZONES = {
    "Berlin, days of Berlin": (BERLIN, BERLIN, IN_BERLIN),
    "UTC, days of New York": (UTC, NEW_YORK, UTC_IN_NEW_YORK),
    "Berlin, days of UTC": (BERLIN, UTC, BERLIN_IN_UTC),
}


@pytest.mark.parametrize("zones", ZONES)
def test_a_time_is_an_instant_and_its_day_is_the_lakes(
    engine: Engine, tmp_path: Path, zones: str
) -> None:
    contract_zone, lake_zone, cases = ZONES[zones]
    records = [a_record(ordered_at=text) for text, _, _ in cases]
    found = _days(engine, tmp_path, records, contract_zone, lake_zone)
    expected = [(text, moment(at), date.fromisoformat(day), day[:7]) for text, at, day in cases]
    assert [(text, *row) for (text, _, _), row in zip(cases, found, strict=True)] == expected


def test_fixed_formats_follow_the_same_zones(engine: Engine, tmp_path: Path) -> None:
    texts = ["15.07.2025 00:30:00", "15.07.2025", "2025/01/15 00:30:00.125"]
    rows = judged(
        engine,
        tmp_path,
        Dataset.ORDERS,
        [[a_record(shipped_at=text) for text in texts]],
        contract=in_zone(BERLIN),
        lake_zone=NEW_YORK,
    )
    assert [row["shipped_at"] for row in rows.sort("_record").select("shipped_at").collect()] == [
        moment("2025-07-14 22:30:00"),
        moment("2025-07-15 04:00:00"),
        moment("2025-01-14 23:30:00.125"),
    ]


def test_epochs_know_no_zone(engine: Engine, tmp_path: Path) -> None:
    record = a_record(delivered_at="1741428000123", returned_at="1741428000")
    rows = judged(
        engine,
        tmp_path,
        Dataset.ORDERS,
        [[record]],
        contract=in_zone(BERLIN),
        lake_zone=NEW_YORK,
    )
    row = rows.select("delivered_at", "returned_at").collect()[0]
    assert tuple(row) == (moment("2025-03-08 10:00:00.123"), moment("2025-03-08 10:00:00"))


def _days(
    engine: Engine, folder: Path, records: list[Record], contract_zone: str, lake_zone: str
) -> list[tuple[object, ...]]:
    rows = judged(
        engine,
        folder,
        Dataset.ORDERS,
        [records],
        contract=in_zone(contract_zone),
        lake_zone=lake_zone,
    )
    chosen = rows.where("violations is null").sort("_record")
    return [tuple(r) for r in chosen.select("ordered_at", "order_date", "order_month").collect()]

"""Preflight of files: many at once, changing, vanished; reports, progress and raw text."""

import gzip
import hashlib
from dataclasses import replace

import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from spark_jobs.facts.errors import TransientError
from spark_jobs.facts.words import Dataset
from spark_jobs.preflight import Limits, SourceFile, hash_files, preflight, raw_records
from spark_jobs.preflight.model import BadFileError
from spark_jobs.preflight.segments import Reading
from tests.preflight.builders import ITEMS, SHOP, a_contract, a_file, read, rows_of
from tests.preflight.cases import GOOD, HEADER, LATIN

SMALL = Limits(segment_bytes=16)
ITEM_HEADER = b"order_item_id,order_id,product_id,price\n"


def orders(count: int) -> bytes:
    """A file of that many orders."""
    return HEADER + b"".join(b"%d,7,north\n" % number for number in range(1, count + 1))


def test_files_of_all_datasets_are_read_together_and_reported_in_order(tmp_path):
    files = [
        a_file(tmp_path, orders(300), name="orders/a.csv"),
        a_file(tmp_path, b"", name="orders/empty.csv"),
        a_file(tmp_path, ITEM_HEADER + b"1,1,1,9.5\n", Dataset.ORDER_ITEMS, "order_items/b.csv"),
        a_file(tmp_path, b"see orders\n", None, "readme.txt"),
        a_file(tmp_path, orders(2), None, "anything.csv"),
    ]
    reports = preflight(files, [SHOP], tmp_path / "out", Limits(segment_bytes=200), threads=3)
    assert [report.index for report in reports] == [0, 1, 2, 3, 4]
    assert [report.records for report in reports] == [300, 0, 1, 0, 2]
    assert [report.usable for report in reports] == [True, False, True, False, True]
    assert [report.ignored for report in reports] == [False, False, False, True, False]
    assert [report.dataset for report in reports] == [
        Dataset.ORDERS, Dataset.ORDERS, Dataset.ORDER_ITEMS, None, Dataset.ORDERS,
    ]  # fmt: skip
    table = pyarrow.dataset.dataset(tmp_path / "out" / "shop" / "orders").to_table()
    assert table.num_rows == 302
    assert set(table["_file"].to_pylist()) == {0, 4}


def test_rows_have_one_schema_with_the_columns_that_a_file_lacks_as_null(tmp_path):
    files = [
        a_file(tmp_path, b"user_id,order_id\n7,1\n", name="orders/a.csv"),
        a_file(tmp_path, HEADER + b"2,8,n\n", name="orders/b.csv"),
    ]
    reports = preflight(files, [SHOP], tmp_path / "out")
    paths = sorted((tmp_path / "out" / "shop" / "orders").iterdir())
    assert pq.read_schema(paths[0]).equals(pq.read_schema(paths[1]))
    assert rows_of(tmp_path / "out", reports[0]) == [
        {"_file": 0, "_record": 1, "_line": 2, "order_id": "1", "customer_id": "7", "region": None}
    ]


def test_a_file_without_rows_leaves_an_empty_table(tmp_path):
    read(tmp_path, HEADER + b"short\n")
    assert pq.read_table(tmp_path / "out" / "shop" / "orders" / "f0-0.parquet").num_rows == 0


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_changes_nothing(tmp_path, threads):
    data = orders(200).replace(b"50,7,north", b'50,"7\n7",north').replace(b"99,7,", b"99,7,,")
    source = a_file(tmp_path, data)
    (report,) = preflight([source], [SHOP], tmp_path / "out", SMALL, threads=threads)
    records = [row["_record"] for row in rows_of(tmp_path / "out", report)]
    assert (report.records, report.malformed) == (200, 2)
    assert records == [n for n in range(1, 201) if n not in (99, 199)]


def test_extra_columns_are_told_and_not_read(tmp_path):
    result = read(tmp_path, b"order_id,user_id, Colour ,\n1,7,red,\n")
    assert result.report.extra_columns == ("Colour", "")
    assert "'Colour'" in result.report.warnings[0].message
    assert result.values == [("1", "7", None)]


def test_a_key_that_may_be_generated_may_be_missing(tmp_path):
    data = b"order_id,product_id,price\n1,2,9.50\n"
    result = read(tmp_path, data, hint=Dataset.ORDER_ITEMS)
    assert result.report.generated_key
    assert result.values == [(None, "1", "2", "9.50")]
    assert [warning.code for warning in result.report.warnings] == ["generated_key"]
    strict = a_contract(replace(ITEMS, generated_key=False))
    again = read(tmp_path, data, hint=Dataset.ORDER_ITEMS, contracts=[strict])
    assert again.problems == ["missing_column"]


def test_progress_ends_with_all_bytes(tmp_path):
    files = [a_file(tmp_path, orders(50), name="a.csv"), a_file(tmp_path, b"no", None, "b.txt")]
    done: list[int] = []
    preflight(files, [SHOP], tmp_path / "out", SMALL, on_progress=done.append)
    assert done == sorted(done)
    assert done[-1] == len(orders(50)) + 2


def test_hashes_are_those_of_the_bytes(tmp_path):
    paths = [a_file(tmp_path, data, name=data.decode()).path for data in (b"a", b"b", b"c")]
    assert hash_files(paths) == [hashlib.sha256(data).hexdigest() for data in (b"a", b"b", b"c")]
    with pytest.raises(TransientError, match=r"gone\.csv: the file cannot be read"):
        hash_files([tmp_path / "gone.csv"])


def test_a_file_that_is_not_the_one_that_was_hashed_is_refused(tmp_path):
    source = a_file(tmp_path, GOOD)
    source.path.write_bytes(GOOD.replace(b"7", b"9"))
    (report,) = preflight([source], [SHOP], tmp_path / "out")
    assert report.problems[0].code == "changed_while_reading"
    assert rows_of(tmp_path / "out", report) == []


@pytest.mark.parametrize("size", [0, 80_000, 500_000], ids=["emptied", "cut", "grown"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, size):
    source = a_file(tmp_path, orders(20_000))
    segments = Reading(source, Limits(segment_bytes=10_000)).segments([SHOP])
    next(segments)
    with source.path.open("r+b") as file:
        file.truncate(size)
    with pytest.raises(BadFileError, match="changed while it was read"):
        list(segments)


def test_a_file_that_vanishes_is_told_even_where_it_is_nobodys(tmp_path):
    source = SourceFile(tmp_path / "gone.csv", "gone.csv", None, "")
    (report,) = preflight([source], [SHOP], tmp_path / "out")
    assert report.problems[0].code == "changed_while_reading"
    assert "vanished" in report.problems[0].message
    assert not report.ignored


def test_a_folder_named_like_a_file_is_no_csv(tmp_path):
    (tmp_path / "a.csv").mkdir()
    source = SourceFile(tmp_path / "a.csv", "orders/a.csv", Dataset.ORDERS, "")
    (report,) = preflight([source], [SHOP], tmp_path / "out")
    assert report.problems[0].code == "not_csv"


def test_raw_text_is_that_of_the_file_in_its_encoding(tmp_path):
    data = HEADER + b'1,"a\r\nb",\xe9\r\n\n2,7\n3,7,n'
    result = read(tmp_path, data, contracts=[LATIN])
    raw = list(raw_records(result.source, result.report, [1, 2, 3], limits=SMALL))
    assert raw == [(1, 2, '1,"a\r\nb",é'), (2, 5, "2,7"), (3, 6, "3,7,n")]
    assert list(raw_records(result.source, result.report, [])) == []


def test_raw_text_of_a_file_that_is_gone_or_changed_is_refused(tmp_path):
    result = read(tmp_path, GOOD)
    with pytest.raises(TransientError, match="record 3 is not in it"):
        list(raw_records(result.source, result.report, [1, 3]))
    result.source.path.unlink()
    with pytest.raises(TransientError, match=r"orders/o\.csv: .*vanished"):
        list(raw_records(result.source, result.report, [1]))


def test_an_archive_of_many_small_members_makes_segments_of_full_size(tmp_path):
    lines = orders(3000).splitlines(keepends=True)
    packed = b"".join(gzip.compress(b"".join(lines[at : at + 10])) for at in range(0, 3001, 10))
    result = read(tmp_path, packed, limits=Limits(segment_bytes=10_000))
    assert result.report.records == 3000
    assert [row["_record"] for row in result.rows] == list(range(1, 3001))
    segments = list((tmp_path / "out" / "shop" / "orders").iterdir())
    assert len(segments) <= 5

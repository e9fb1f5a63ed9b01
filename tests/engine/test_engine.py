"""What the jobs rely on, on both engines: the traps that were met each have a test."""

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, Row

from spark_jobs.facts.errors import ConfigurationError, FatalError
from spark_jobs.session import ENGINES, Engine, open_engine

# The partition column is neither first nor last, and all columns could take each other's values.
COLUMNS = "id string, month string, city string"
FIRST = Row(id="1", month="2025-01", city="Ulm")
SECOND = Row(id="2", month="2025-02", city="Bonn")


def rows_of(engine: Engine, *rows: Row) -> DataFrame:
    return engine.spark.createDataFrame(list(rows), COLUMNS)


def stored(engine: Engine, name: str = "places") -> list[Row]:
    return engine.read(name).select("id", "month", "city").orderBy("id", "month").collect()


def a_table(engine: Engine, *rows: Row, partitioned: bool = True) -> None:
    engine.create_table("places", COLUMNS, ["month"] if partitioned else [])
    if rows:
        engine.insert("places", rows_of(engine, *rows))


def test_rows_are_inserted_by_name_not_by_position(lake_engine: Engine) -> None:
    a_table(lake_engine)

    lake_engine.insert("places", rows_of(lake_engine, FIRST, SECOND).select("city", "id", "month"))

    assert stored(lake_engine) == [FIRST, SECOND]


def test_rows_that_lack_a_column_are_not_filled_with_nothing(lake_engine: Engine) -> None:
    a_table(lake_engine)
    rows = rows_of(lake_engine, FIRST).selectExpr("id", "month", "city AS town")

    for write in (
        lake_engine.insert,
        lake_engine.overwrite_partitions,
        partial(lake_engine.merge, on="t.id = s.id"),
    ):
        with pytest.raises(FatalError, match=r"lacking \['city'\], unknown \['town'\]"):
            write("places", rows)

    assert stored(lake_engine) == []


def test_creating_a_table_again_keeps_its_rows(lake_engine: Engine) -> None:
    a_table(lake_engine, FIRST)

    a_table(lake_engine)

    assert stored(lake_engine) == [FIRST]


def test_a_table_exists_once_it_is_created(lake_engine: Engine) -> None:
    assert not lake_engine.table_exists("places")
    assert lake_engine.table_names() == []

    a_table(lake_engine)

    assert lake_engine.table_exists("places")
    assert lake_engine.table_names() == ["places"]


def test_a_folder_that_a_dead_process_left_becomes_a_table(lake_engine: Engine) -> None:
    data = lake_engine.folder / "places" / "data"
    data.mkdir(parents=True)
    (data / "part-0.parquet").write_bytes(b"half a file")
    (lake_engine.folder / "places" / "metadata").mkdir()

    a_table(lake_engine, FIRST)

    assert stored(lake_engine) == [FIRST]


def test_overwriting_partitions_leaves_the_others_alone(lake_engine: Engine) -> None:
    a_table(lake_engine, FIRST, SECOND)
    new = Row(id="3", month="2025-02", city="Kiel")

    lake_engine.overwrite_partitions(
        "places", rows_of(lake_engine, new).select("city", "month", "id")
    )

    assert stored(lake_engine) == [FIRST, new]


@pytest.mark.parametrize("partitioned", [True, False], ids=["partitioned", "whole"])
def test_overwriting_with_no_rows_changes_nothing(lake_engine: Engine, partitioned: bool) -> None:
    a_table(lake_engine, FIRST, partitioned=partitioned)

    lake_engine.overwrite_partitions("places", rows_of(lake_engine, FIRST).where("false"))

    assert stored(lake_engine) == [FIRST]


def test_overwriting_a_table_without_partitions_replaces_it(lake_engine: Engine) -> None:
    a_table(lake_engine, FIRST, partitioned=False)

    lake_engine.overwrite_partitions("places", rows_of(lake_engine, SECOND))

    assert stored(lake_engine) == [SECOND]


def test_merge_updates_inserts_and_deletes_by_key(lake_engine: Engine) -> None:
    gone = Row(id="4", month="2025-01", city="Jena")
    a_table(lake_engine, FIRST, SECOND, gone)
    moved = Row(id="1", month="2025-01", city="Köln")
    new = Row(id="3", month="2025-03", city="Kiel")
    source = rows_of(lake_engine, moved, new, Row(id="4", month="2025-01", city=None))

    lake_engine.merge("places", source, "t.id = s.id", delete_when="s.city IS NULL")

    assert stored(lake_engine) == [moved, SECOND, new]


def test_merge_updates_only_what_its_condition_names(lake_engine: Engine) -> None:
    a_table(lake_engine, FIRST, SECOND)
    source = rows_of(
        lake_engine,
        Row(id="1", month="2099-01", city="Aachen"),
        Row(id="2", month="2099-01", city="Zug"),
        Row(id="3", month="2099-01", city="Jena"),
    )

    lake_engine.merge(
        "places",
        source,
        "t.id = s.id",
        update=["city"],
        update_when="s.city > t.city",
        insert_when="false",
    )

    assert stored(lake_engine) == [FIRST, Row(id="2", month="2025-02", city="Zug")]


def test_a_pruned_merge_moves_a_row_to_another_partition(lake_engine: Engine) -> None:
    a_table(lake_engine, FIRST, SECOND)
    moved = Row(id="1", month="2025-02", city="Ulm")

    lake_engine.merge(
        "places", rows_of(lake_engine, moved), "t.id = s.id AND t.month IN ('2025-01', '2025-02')"
    )

    assert stored(lake_engine) == [moved, SECOND]


def test_a_merge_pruned_to_the_new_partition_alone_duplicates_the_row(lake_engine: Engine) -> None:
    """Not wanted, but so it is on both engines: the pruning must name where keys live now."""
    a_table(lake_engine, FIRST)
    moved = Row(id="1", month="2025-02", city="Ulm")

    lake_engine.merge(
        "places", rows_of(lake_engine, moved), "t.id = s.id AND t.month IN ('2025-02')"
    )

    assert stored(lake_engine) == [FIRST, moved]


def test_a_row_without_a_partition_is_kept_and_found(lake_engine: Engine) -> None:
    nowhere = Row(id="1", month=None, city="Ulm")
    a_table(lake_engine, nowhere, SECOND)

    known = Row(id="1", month="2025-01", city="Ulm")
    lake_engine.merge(
        "places",
        rows_of(lake_engine, known),
        "t.id = s.id AND (t.month IN ('2025-01') OR t.month IS NULL)",
    )

    assert stored(lake_engine) == [known, SECOND]


def test_delete_removes_only_rows_for_which_the_condition_is_true(lake_engine: Engine) -> None:
    nowhere = Row(id="0", month=None, city="Ulm")
    a_table(lake_engine, nowhere, FIRST, SECOND)

    lake_engine.delete("places", "month = '2025-01'")

    assert stored(lake_engine) == [nowhere, SECOND]


def test_a_merge_leaves_no_view_behind(lake_engine: Engine) -> None:
    a_table(lake_engine, FIRST)

    lake_engine.merge("places", rows_of(lake_engine, FIRST), "t.id = s.id")

    assert [t.name for t in lake_engine.spark.catalog.listTables() if t.isTemporary] == []


def test_two_lakes_on_one_session_stay_apart(lake_engine: Engine, tmp_path) -> None:
    other = lake_engine.for_warehouse(tmp_path / "other")
    a_table(lake_engine, FIRST)
    a_table(other, SECOND)

    assert stored(lake_engine) == [FIRST]
    assert stored(other) == [SECOND]
    assert lake_engine.for_warehouse(tmp_path / "other").table_names() == ["places"]


def test_values_come_back_as_they_went_in(lake_engine: Engine) -> None:
    columns = "id string, price decimal(18,2), at timestamp, day date, tags array<string>"
    value = Row(
        id="ä,\"'\n",
        price=Decimal("9999999999999999.99"),
        at=dt.datetime(2025, 3, 30, 1, 30, 0, 123456),  # noqa: DTZ001 (a session in UTC)
        day=dt.date(1999, 12, 31),
        tags=["a", "", None],
    )
    nothing = Row(id=None, price=None, at=None, day=None, tags=None)
    rows = lake_engine.spark.createDataFrame([value, nothing], columns)
    lake_engine.create_table("values", columns)

    lake_engine.insert("values", rows)

    assert_df_equality(
        lake_engine.read("values").select(*rows.columns).orderBy("id"),
        rows.orderBy("id"),
        ignore_nullable=True,
    )
    texts = lake_engine.read("values").where("id IS NOT NULL")
    # By CAST: the function string(…) writes a timestamp with T and Z on Sail.
    written = texts.selectExpr("CAST(at AS string) AS at", "CAST(price AS string) AS price")
    assert written.collect() == [Row(at="2025-03-30 01:30:00.123456", price="9999999999999999.99")]


def test_a_lake_may_lie_in_a_folder_of_any_name(engine: Engine, tmp_path) -> None:
    lake = engine.for_warehouse(tmp_path / "Anna's lake ü")
    a_table(lake, FIRST)

    lake.merge("places", rows_of(lake, SECOND), "t.id = s.id")

    again = engine.for_warehouse(tmp_path / "Anna's lake ü")
    assert stored(again) == [FIRST, SECOND]


def test_the_versions_name_the_engine(engine: Engine) -> None:
    assert engine.versions()["engine"].split()[0] == engine.name


def test_a_table_without_a_lake_is_refused(engine: Engine) -> None:
    with pytest.raises(ConfigurationError, match="no lake is open"):
        engine.table("places")


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown engine 'flink'; use one of sail, spark"):
        open_engine("flink")


@pytest.mark.parametrize("writer", ENGINES)
def test_each_engine_reads_and_merges_what_the_other_wrote(
    writer: str, sail_engine: Engine, spark_engine: Engine, tmp_path
) -> None:
    lakes = [e.for_warehouse(tmp_path / "lake") for e in (sail_engine, spark_engine)]
    one, other = lakes if writer == "sail" else lakes[::-1]
    a_table(one, FIRST)
    changed = Row(id="1", month="2025-01", city="Köln")

    other.merge("places", rows_of(other, changed, SECOND), "t.id = s.id")
    one.insert("places", rows_of(one, Row(id="3", month="2025-03", city="Kiel")))
    other.delete("places", "id = '2'")

    expected = [changed, Row(id="3", month="2025-03", city="Kiel")]
    assert stored(one) == expected
    assert stored(other) == expected

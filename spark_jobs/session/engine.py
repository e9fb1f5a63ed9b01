"""One face for both engines: a session, bound to a lake of Iceberg tables.

A lake is a folder with one Iceberg table in each sub-folder, or a database of the Glue catalog.
Either engine reads and writes what the other wrote. Where they differ or mislead, the helpers
here take the way that is right on both: rows are written by column name (`INSERT INTO t SELECT *`
swaps columns on Sail when a partition column is not the last), partitions are replaced through
`writeTo` (`INSERT OVERWRITE` replaces the whole table on Sail), and row counts told by DML are not
used. A commit that another one has overtaken raises `CommitConflict`.
"""

from __future__ import annotations

import hashlib
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from spark_jobs.facts.errors import ConfigurationError, FatalError
from spark_jobs.session.conflicts import telling_conflicts
from spark_jobs.session.glue import GlueTables
from spark_jobs.session.warehouse import GlueWarehouse, Warehouse

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLE_PROPERTIES = {"format-version": "2", "write.parquet.compression-codec": "snappy"}


class Engine(ABC):
    """A running engine, bound to one lake: `engine.spark` is its session.

    Attributes:
        name: `sail` or `spark`.
        spark: The session; use only what Spark Connect carries (no RDD, JVM, Python UDF).
        warehouse: The lake's folder or Glue database, or None where no table is needed.
    """

    name: ClassVar[str]

    def __init__(
        self, spark: SparkSession, warehouse: Warehouse | None, on_stop: Callable[[], None] | None
    ) -> None:
        self.spark = spark
        self.warehouse = warehouse.resolve() if isinstance(warehouse, Path) else warehouse
        self._glue = GlueTables(warehouse) if isinstance(warehouse, GlueWarehouse) else None
        self._on_stop = on_stop
        if self.warehouse:
            self._bind()

    @abstractmethod
    def _bind(self) -> None:
        """Make `<namespace>.<table>` mean the tables of `self.warehouse`."""

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """Versions of the engine, pyspark and Python, for the run history."""

    def _location(self, name: str) -> str:
        """The LOCATION clause of a table's DDL: nothing where the catalog knows it by itself."""
        del name
        return ""

    def for_warehouse(self, warehouse: Warehouse) -> Engine:
        """The same running session bound to another lake; stopping that one stops nothing."""
        return type(self)(self.spark, warehouse, None)

    @property
    def _namespace(self) -> str:
        # A name of its own for each lake: Spark ignores a second warehouse of a known catalog.
        return "lake_" + hashlib.sha256(str(self.warehouse).encode()).hexdigest()[:8]

    @property
    def folder(self) -> Path:
        """The lake's folder; raises where no lake is open, or one of the Glue catalog."""
        if not isinstance(self.warehouse, Path):
            raise ConfigurationError("a lake's folder was asked for, but none is open")
        return self.warehouse

    def table(self, name: str) -> str:
        """The SQL identifier of a lake table, whether or not it exists yet."""
        if self.warehouse is None:
            raise ConfigurationError("a table was asked for, but no lake is open")
        return f"{self._namespace}.{name}"

    def table_exists(self, name: str) -> bool:
        """Whether the lake has the table: a folder without metadata is not one."""
        if self._glue:
            return self._glue.state(name) is not None
        return any((self.folder / name).glob("metadata/*.metadata.json"))

    def table_names(self) -> list[str]:
        """The tables that the lake has, sorted."""
        if self._glue:
            return self._glue.names()
        if self.warehouse is None or not self.folder.is_dir():
            return []
        return sorted(p.name for p in self.folder.iterdir() if self.table_exists(p.name))

    def state(self, name: str) -> str | None:
        """What is another after each commit to the table; None in a folder, which has a lock."""
        return self._glue.state(name) if self._glue else None

    def read(self, name: str) -> DataFrame:
        """A lake table as a frame; the order of its columns differs between the engines."""
        return self.spark.table(self.table(name))

    def create_table(self, name: str, columns: str, partitioned_by: Sequence[str] = ()) -> None:
        """Create an Iceberg table unless it exists (`columns` as DDL: `a string, b date`)."""
        if self.table_exists(name):
            return
        if self._glue:
            schema = self.spark.createDataFrame([], columns).schema
            self._glue.create(name, schema, partitioned_by, TABLE_PROPERTIES)
            return
        properties = ", ".join(f"'{key}' = '{value}'" for key, value in TABLE_PROPERTIES.items())
        partitions = f"PARTITIONED BY ({', '.join(partitioned_by)})" if partitioned_by else ""
        self.spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self.table(name)} ({columns}) USING iceberg "
            f"{partitions} {self._location(name)} TBLPROPERTIES ({properties})"
        )

    def insert(self, name: str, rows: DataFrame) -> None:
        """Append rows, by column name, in one commit; the frame has all columns of the table."""
        self._check_columns(name, rows.columns)
        with telling_conflicts(name):
            rows.writeTo(self.table(name)).append()

    def gathered(self, rows: DataFrame, columns: Sequence[str]) -> DataFrame:
        """The rows with equal values of these columns in one task, for few files on writing."""
        return rows.repartition(*columns)

    def overwrite_partitions(self, name: str, rows: DataFrame) -> None:
        """Replace the partitions that occur in `rows`, by column name, in one commit.

        A table without partitions is replaced whole. A frame without rows changes nothing: to
        empty a partition, `delete` it.
        """
        self._check_columns(name, rows.columns)
        with telling_conflicts(name):
            rows.writeTo(self.table(name)).overwritePartitions()

    def _check_columns(self, name: str, columns: Sequence[str]) -> None:
        # Spark fills a column that is missing with NULL, and says nothing.
        wanted = set(self.read(name).columns)
        if wanted != set(columns):
            raise FatalError(
                f"lacking {sorted(wanted - set(columns))}, unknown {sorted(set(columns) - wanted)}",
                where=f"rows for the lake table {name}",
                cure="give the rows exactly the table's columns",
            )

    def delete(self, name: str, where: str, *, unless: DataFrame | None = None) -> None:
        """Delete the rows for which the condition is true, in one commit.

        Args:
            name: The table.
            where: The condition.
            unless: Nothing is deleted where this frame has a row when the statement runs.
        """
        if unless is not None:
            with self.view(unless) as view:
                self.delete(name, f"{where} AND NOT EXISTS (SELECT 1 FROM {view})")
            return
        with telling_conflicts(name):
            self.spark.sql(f"DELETE FROM {self.table(name)} WHERE {where}")

    def merge(
        self,
        name: str,
        source: DataFrame,
        on: str,
        *,
        update: Sequence[str] | None = None,
        update_when: str | None = None,
        delete_when: str | None = None,
        insert_when: str | None = None,
    ) -> None:
        """MERGE the source into a table, in one commit; aliases: `t` the table, `s` the source.

        Args:
            name: The table.
            source: At most one row for each row of the table; has all columns of the table.
            on: The condition. To prune, name the partitions where the keys live *now*, and NULL;
                else a row whose partition changed is duplicated (on both engines).
            update: Columns set from the source; None: all of the source's; empty: none.
            update_when: Further condition for the update.
            delete_when: Matched rows for which this holds are deleted first.
            insert_when: Further condition for the insert of unmatched rows (`false`: never).
        """
        columns = source.columns
        updated = columns if update is None else update
        clauses = []
        if delete_when:
            clauses.append(f"WHEN MATCHED AND ({delete_when}) THEN DELETE")
        if updated:
            also = f"AND ({update_when})" if update_when else ""
            settings = ", ".join(f"t.{c} = s.{c}" for c in updated)
            clauses.append(f"WHEN MATCHED {also} THEN UPDATE SET {settings}")
        if insert_when != "false":
            self._check_columns(name, columns)
            also = f"AND ({insert_when})" if insert_when else ""
            values = ", ".join(f"s.{c}" for c in columns)
            clauses.append(
                f"WHEN NOT MATCHED {also} THEN INSERT ({', '.join(columns)}) VALUES ({values})"
            )
        with telling_conflicts(name), self.view(source) as view:
            self.spark.sql(
                f"MERGE INTO {self.table(name)} AS t USING {view} AS s ON {on} {' '.join(clauses)}"
            )

    @contextmanager
    def view(self, rows: DataFrame) -> Iterator[str]:
        """A frame under a name of its own for use in SQL, dropped afterwards."""
        name = f"view_{uuid.uuid4().hex}"
        rows.createOrReplaceTempView(name)
        try:
            yield name
        finally:
            self.spark.catalog.dropTempView(name)

    def stop(self) -> None:
        """Stop what `open_engine` started; a second call does nothing."""
        on_stop, self._on_stop = self._on_stop, None
        if on_stop:
            on_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

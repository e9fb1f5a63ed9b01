"""Which of an engine's errors mean that somebody else has committed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from spark_jobs.facts.errors import CommitConflict

_MARKS = (
    "conflict: Cannot commit",  # Sail: Glue's metadata is not that which the statement read
    "conflict: Concurrent Glue update",  # Sail: Glue refused
    "CommitFailedException",  # Iceberg for Java
    "Found conflicting files",  # Iceberg for Java, MERGE and DELETE
    "Found conflicting deleted",
    "Found new conflicting delete files",
    "Missing required files to delete",  # Iceberg for Java: compacted away meanwhile
)


@contextmanager
def telling_conflicts(table: str) -> Iterator[None]:
    """Raises `CommitConflict` for a commit that another one has overtaken.

    The commit was not made, or (rarely: the answer was lost, and the request repeated) it was;
    so whoever plans anew looks at what the table holds now.
    """
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        if not any(mark in told(error) for mark in _MARKS):
            raise
        raise CommitConflict(
            "somebody else has committed to the table meanwhile",
            where=f"lake table {table}",
            cure="start the transform again; it takes up where this one ended",
        ) from error


def told(error: Exception) -> str:
    """All that the engine said, the Java stack trace with its causes included."""
    return f"{error}\n{getattr(error, '_stackTrace', '')}\n{getattr(error, '_stacktrace', '')}"

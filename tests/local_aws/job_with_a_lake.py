"""A job that writes to and reads from a Glue lake, and outlives its credentials; for tests.

job_with_a_lake.py ENGINE DATABASE LOCATION SECONDS; the credentials are those of its task.
"""

from __future__ import annotations

import json
import os
import sys
import time

from spark_jobs.session import GlueWarehouse, open_engine


def main(engine_name: str, database: str, location: str, seconds: float) -> None:
    """One row, a wait for longer than credentials live, another row, both read."""
    assert "AWS_ACCESS_KEY_ID" not in os.environ, "only a task's own credentials are tested"
    with open_engine(engine_name, GlueWarehouse(database, location)) as engine:
        engine.create_table("rows", "id STRING")
        engine.insert("rows", engine.spark.sql("SELECT 'before' AS id"))
        time.sleep(seconds)
        engine.insert("rows", engine.spark.sql("SELECT 'after' AS id"))
        found = sorted(row["id"] for row in engine.read("rows").collect())
    print(json.dumps({"rows": found}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))

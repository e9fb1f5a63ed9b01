"""Athena's saved queries, as they are deployed, answered over the lake's tables.

The emulator's Athena reads every file below a table's folder, dead ones too. So DuckDB asks the
tables as they are now: what of Athena's SQL these queries use is DuckDB's as well.
"""

from __future__ import annotations

import duckdb

from tests.e2e.account import Account, Row


def ask_saved_queries(account: Account) -> dict[str, list[Row]]:
    """The answer to each, by its name without the environment's prefix."""
    athena = account.client("athena")
    ids = athena.list_named_queries(WorkGroup=account.outputs["athena_workgroup"])["NamedQueryIds"]
    saved = [athena.get_named_query(NamedQueryId=one)["NamedQuery"] for one in ids]
    assert {query["Database"] for query in saved} == {account.outputs["glue_database"]}
    with duckdb.connect() as lake:
        for name, metadata in account.lake_tables().items():
            lake.register(name, account.arrow(metadata))
        asked = {query["Name"].rpartition("-")[2]: query["QueryString"] for query in saved}
        return {name: lake.sql(query).to_arrow_table().to_pylist() for name, query in asked.items()}

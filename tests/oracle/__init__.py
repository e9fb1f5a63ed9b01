"""The oracle: what the KPI tables must be, in plain Python with Decimal.

It shares no code with `spark_jobs`: it reads the contracts' YAML and the CSV files, and follows
ARCHITECTURE.md, row by row, slowly and plainly.
"""

from tests.oracle.oracle import OracleResult, ReceivedFile, oracle

__all__ = ["OracleResult", "ReceivedFile", "oracle"]

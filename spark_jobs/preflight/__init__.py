"""Byte-level preflight: CSV of any make becomes Parquet of text before an engine sees it."""

from spark_jobs.preflight.hashing import hash_files
from spark_jobs.preflight.model import FileReport, Limits, SourceFile
from spark_jobs.preflight.raw import raw_records
from spark_jobs.preflight.run import preflight

__all__ = ["FileReport", "Limits", "SourceFile", "hash_files", "preflight", "raw_records"]

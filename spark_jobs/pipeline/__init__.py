"""The two jobs, and the run of both over a folder."""

from spark_jobs.pipeline.report import RunReport
from spark_jobs.pipeline.run import RunOptions, run_batch

__all__ = ["RunOptions", "RunReport", "run_batch"]

"""The two jobs, and the run of both over a folder."""

from spark_jobs.pipeline.jobs import check_files, transform_folder, validate_folder
from spark_jobs.pipeline.options import RunOptions
from spark_jobs.pipeline.report import RunReport, TransformReport
from spark_jobs.pipeline.run import run_batch

__all__ = [
    "RunOptions",
    "RunReport",
    "TransformReport",
    "check_files",
    "run_batch",
    "transform_folder",
    "validate_folder",
]

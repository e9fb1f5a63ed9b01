"""A seeded shop: orders, order items and products of any number, with planted defects."""

from spark_jobs.generate.options import FilePlan, GenerateOptions, Plan
from spark_jobs.generate.run import generate

__all__ = ["FilePlan", "GenerateOptions", "Plan", "generate"]

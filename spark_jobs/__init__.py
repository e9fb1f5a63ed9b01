"""The order pipeline: CSV files of a shop in, KPI tables that can be trusted out."""

__version__ = "0.1.0"

"""The lake: Iceberg tables that hold the latest state of every row, and what changed."""

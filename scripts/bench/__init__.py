"""Speed beside DuckDB and Apache Spark: `make bench`. Ratios of one run on one machine."""

"""`spark-submit spark_jobs/transform.py ...`: `orders transform ...` on Apache Spark."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # spark-submit puts this file's folder first: there, our names would hide those of others.
    here = Path(__file__).resolve().parent
    sys.path[:] = [str(here.parent), *(p for p in sys.path if Path(p).resolve() != here)]

    from spark_jobs.cli.main import main

    sys.exit(main(["transform", "--engine", "spark", *sys.argv[1:]]))

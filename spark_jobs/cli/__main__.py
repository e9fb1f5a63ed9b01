"""`python -m spark_jobs.cli`: the command `orders` where it is not installed."""

import sys

from spark_jobs.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

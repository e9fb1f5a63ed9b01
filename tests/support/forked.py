"""The command in real processes that are forked from one that has imported everything.

A process of its own takes several seconds to import Great Expectations; the kill tests need
eighty of them. What is forked is a fresh server that has run nothing, so each process starts its
own engine, and dies by its own signal.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "great_expectations",
        "great_expectations.expectations",
        "pyspark.sql.connect.session",
        "spark_jobs.cli.main",
        "spark_jobs.pipeline",
        "spark_jobs.session.sail",
    ]
)


def run_forked(
    arguments: Sequence[str], environment: Mapping[str, str], output: Path, timeout: float
) -> int:
    """The exit code of `orders` with these arguments; negative where a signal ended it.

    Args:
        environment: Variables to set.
        output: File that gets what the process prints.
        timeout: Seconds after which the process is killed and the test fails.
    """
    process = _CONTEXT.Process(target=_main, args=(list(arguments), dict(environment), output))
    process.start()
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"orders {' '.join(arguments)} took over {timeout} s")
    return process.exitcode


def _main(arguments: list[str], environment: dict[str, str], output: Path) -> None:
    os.environ.update(environment)
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["orders", *arguments]
    from spark_jobs.cli.main import main

    sys.exit(main())

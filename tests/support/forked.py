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
    arguments: Sequence[str],
    environment: Mapping[str, str],
    output: Path,
    timeout: float,
    *,
    errors: Path | None = None,
    cwd: Path | None = None,
) -> int:
    """The exit code of `orders` with these arguments; negative where a signal ended it.

    Args:
        environment: Variables to set.
        output: File that gets what the process prints.
        timeout: Seconds after which the process is killed and the test fails.
        errors: File that gets its standard error; by default that is `output` too.
        cwd: Folder in which it runs.
    """
    places = output, errors or output, cwd or Path.cwd()
    process = _CONTEXT.Process(target=_main, args=(list(arguments), dict(environment), *places))
    process.start()
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"orders {' '.join(arguments)} took over {timeout} s")
    return process.exitcode


def _main(
    arguments: list[str], environment: dict[str, str], output: Path, errors: Path, cwd: Path
) -> None:
    os.environ.update(environment)
    os.chdir(cwd)
    for path, stream in ((output, 1), (errors, 2)):
        with path.open("a") as file:
            os.dup2(file.fileno(), stream)
    sys.argv = ["orders", *arguments]
    from spark_jobs.cli.main import main

    sys.exit(main())

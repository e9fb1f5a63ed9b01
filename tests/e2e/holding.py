"""A job that stops (SIGSTOP) at one of its effects: holding.py MOMENT JOB ARGUMENTS …, a script."""

from __future__ import annotations

import os
import signal
import sys

from spark_jobs.facts import effects


def hold_at(moment: str) -> None:
    """Has the job stop there, until SIGCONT."""

    def stop_at(here: str) -> None:
        if here == moment:
            os.kill(os.getpid(), signal.SIGSTOP)

    vars(effects)["_kill_at"] = stop_at


if __name__ == "__main__":
    hold_at(sys.argv[1])
    sys.argv = ["orders", *sys.argv[2:]]
    from spark_jobs.cli.main import main

    sys.exit(main())

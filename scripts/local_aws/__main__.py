"""The whole system on a laptop: python -m scripts.local_aws up|status|logs|down [options].

Exit codes: 0 done (also when there was nothing to do, and for the status of what does not run), 64
wrong usage or something is missing (the cure is told), 69 it does not run, 70 Terraform or the
local AWS failed (the log is named), 130 interrupted (what is left running is told). `make` itself
ends with 2 in place of all but the first, and names the code.

ORDERS_LOCAL_AWS names another folder than .local/aws: a local AWS of its own, at a free port.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from scripts.local_aws import asked, down, logs, status, up
from scripts.local_aws.environment import ENVIRONMENT, folder_of, neutral
from scripts.local_aws.errors import LocalError

USAGE, FAILED, INTERRUPTED = 64, 70, 130


class Parser(argparse.ArgumentParser):
    """Wrong usage ends with 64, as everywhere in this project."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Tells what is wrong and how it is used."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"error: {message}\n")


def main(given: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code."""
    # Nothing of the user's account for anything that runs in here.
    folder, environment, kept = folder_of(os.environ), os.environ.get(ENVIRONMENT), neutral()
    os.environ.clear()
    os.environ.update(kept)
    arguments = parser(folder, environment).parse_args(given)
    try:
        return int(arguments.run(arguments))
    except LocalError as error:
        return _fail(error.code, str(error))
    except (ClientError, BotoCoreError) as error:
        return _fail(FAILED, f"the local AWS answered: {error}; see `make local-logs`")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `… | head`
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        return 0


def parser(folder: Path, environment: str | None = None) -> Parser:
    """What may be typed; folder and environment are those of the shell, where none is named."""
    told = Parser(
        prog="scripts.local_aws",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = told.add_subparsers(required=True, metavar="up|status|logs|down")
    _up(commands.add_parser("up", help="start it, apply Terraform, tell what to do next"))
    _status(commands.add_parser("status", help="what runs, what waits, the last alerts"))
    heard = commands.add_parser("logs", help="what jobs, Lambdas, state machine and server say")
    _logs(heard, environment)
    _down(commands.add_parser("down", help="stop it and remove all it stored"))
    for command in commands.choices.values():
        command.add_argument("--folder", type=Path, default=folder, help="its files (%(default)s)")
    return told


def _up(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=up.run)
    command.add_argument(
        "--port", type=asked.port, help=f"where it answers (default: {up.PORT}, or a free one)"
    )
    command.add_argument("--containers", action="store_true", help="run the images; needs docker")
    command.add_argument("--engine", choices=("sail", "spark"), help="of the jobs (default: sail)")
    command.add_argument(
        "--environment",
        type=asked.environment,
        help="prefix of all names, for a second system beside",
    )
    command.add_argument("--no-auth", action="store_true", help="do not enforce the roles' rights")
    command.add_argument(
        "--set",
        type=asked.variable,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable of Terraform, as deadline_seconds=60",
    )


def _status(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=status.run)
    command.add_argument("--json", action="store_true", help="one JSON document")


def _logs(command: argparse.ArgumentParser, environment: str | None) -> None:
    command.set_defaults(run=logs.run)
    command.add_argument("--follow", "-f", action="store_true", help="go on until Ctrl-C")
    command.add_argument("--batch", metavar="ID", help="of one batch only")
    command.add_argument(
        "--of",
        action="append",
        choices=logs.SOURCES,
        default=[],
        help="only these, repeatable (default: all but server)",
    )
    command.add_argument("--last", type=int, default=100, help="so many lines (%(default)s)")
    command.add_argument(
        "--environment",
        type=asked.environment,
        default=environment,
        help="of which system (default: that of this shell)",
    )


def _down(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run=down.run)


def _fail(code: int, message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())

"""A terminal of a user's: one shell at the repository's root, in which lines are typed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

ROOT = Path(__file__).parents[2]
_OF_THE_RUN = ("AWS_", "ORDERS_", "MAKE", "MFLAGS", "ARGS", "TF_VAR_")
"""What the `make e2e` around it would hand on to every command."""


class Terminal:
    """A shell that keeps what a line has set. A context manager.

    Args:
        variables: Of its environment.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        usual = {k: v for k, v in os.environ.items() if not k.startswith(_OF_THE_RUN)}
        self._shell = subprocess.Popen(
            ["bash", "--norc"],
            cwd=ROOT,
            env=usual | dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._shell.kill()
        self._shell.communicate()

    def types(self, line: str, code: int = 0) -> str:
        """What a line prints, both streams; fails where it ends with another exit code."""
        assert self._shell.stdin
        assert self._shell.stdout
        end = uuid4().hex
        self._shell.stdin.write(f"{{ {line}\n}} < /dev/null; printf '\\n%s %s\\n' {end} $?\n")
        self._shell.stdin.flush()
        said = ""
        for told in self._shell.stdout:
            if told.startswith(end):
                ended = int(told.split()[1])
                assert ended == code, f"{line}: exit code {ended}\n{said}"
                return said
            said += told
        raise AssertionError(f"{line}: the shell has ended\n{said}")

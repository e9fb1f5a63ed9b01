"""What may be asked for by an option; refused before it has any effect."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

ENVIRONMENT = r"^([a-z][a-z0-9]*(-[a-z0-9]+)*)?$"
"""As terraform/variables.tf has it: such a name is also a folder's and a file's."""
LONGEST = 12
UNNAMED = "default"
"""What the system without a prefix is called, here and in its folder's name."""
_LAST_PORT = 65535


def environment(text: str) -> str:
    """A prefix of all names; empty: none.

    Raises:
        ArgumentTypeError: Terraform would refuse it, or it is the name of the one without.
    """
    if text == UNNAMED:
        raise ArgumentTypeError(
            f"{text!r} is the system without a prefix: leave the option out, or name another"
        )
    if not re.fullmatch(ENVIRONMENT, text) or len(text) > LONGEST:
        raise ArgumentTypeError(
            f"{text!r}: use at most {LONGEST} lower case letters, digits and single hyphens, a"
            " letter first, as test or team-a"
        )
    return text


def port(text: str) -> int:
    """Where a server may listen.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= _LAST_PORT:
        raise ArgumentTypeError(f"{text!r}: a port is a number from 1 to {_LAST_PORT}")
    return int(text)


def variable(text: str) -> tuple[str, str]:
    """A variable of Terraform with its value.

    Raises:
        ArgumentTypeError: It is not written so, or has an option of its own.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise ArgumentTypeError(f"{text!r}: write it as deadline_seconds=60")
    if name == "environment":
        raise ArgumentTypeError(f"{text!r}: name it by --environment, as --environment team-a")
    return name, value

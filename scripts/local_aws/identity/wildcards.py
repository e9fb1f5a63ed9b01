"""A wildcard of a policy stands for every character, a line feed too.

AWS: `*` matches any combination of characters, and the keys of objects may hold any. (The
emulator's stops at the end of a line, so that a role has no right to such a key.)

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ministack.core import iam_evaluator

from scripts.local_aws.replaced import replace

_Compile = Callable[[str, bool], re.Pattern[str]]


def install() -> None:
    """Replaces how the patterns of policies are read."""
    replace(iam_evaluator, "_fnmatch_compile", _over_lines)


def _over_lines(stock: _Compile) -> _Compile:
    def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
        found = stock(pattern, ignore_case)
        return re.compile(found.pattern, found.flags | re.DOTALL)

    return compiled

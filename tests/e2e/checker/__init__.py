"""The invariants of the design, checked on an account at rest; each check is a pure function.

A check gets what was observed and what plain Python (`tests/oracle`) makes of the files that were
dropped, and says each thing that is wrong in a line. None of it is the pipeline's own code.
"""

from tests.e2e.checker.checking import CHECKS, Checker, News, complaints

__all__ = ["CHECKS", "Checker", "News", "complaints"]

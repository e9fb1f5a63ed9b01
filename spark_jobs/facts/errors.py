"""Errors that a person can act on: what, where, which value, what to do next."""

from spark_jobs.facts.exits import Exit


class OrdersError(Exception):
    """An error whose text is meant for the person at the keyboard.

    Args:
        what: What is wrong, with the value in it.
        where: File, line or setting that it is about.
        cure: What to do next.
    """

    exit_code: Exit = Exit.FATAL

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        self.what, self.where, self.cure = what, where, cure
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line: `where: what; cure`."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f"; {self.cure}" if self.cure else "")


class UsageError(OrdersError):
    """Wrong arguments or settings."""

    exit_code = Exit.USAGE


class ConfigurationError(UsageError):
    """The environment or a setting does not fit what was asked for."""


class ContractError(UsageError):
    """A contract that cannot be used, with its file and line."""


class TransientError(OrdersError):
    """Something outside was not available; the same call may succeed later."""

    exit_code = Exit.TRANSIENT


class FencedOutError(TransientError):
    """This execution does not hold the lease any more: what it would write is another's to write.

    Args:
        execution: Its name.
    """

    def __init__(self, execution: str) -> None:
        super().__init__(
            f"{execution} does not hold the lease, or a later attempt has drawn a fence",
            cure="nothing is lost: the execution that holds the lease does the work",
        )


class CommitConflict(TransientError):  # noqa: N818 (it is met, and planned around)
    """Somebody else has committed to a lake table since this commit was planned."""


class FatalError(OrdersError):
    """The pipeline does not trust its own numbers: nothing is published."""

    exit_code = Exit.FATAL

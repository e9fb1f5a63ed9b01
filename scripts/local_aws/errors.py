"""What can go wrong, with the exit code of each; every message tells the cure or where to look."""

from __future__ import annotations


class LocalError(Exception):
    """Told to the user as it is."""

    code = 70


class StackError(LocalError):
    """The local AWS failed."""


class MissingError(StackError):
    """Something is missing on this machine, or asked for in vain."""

    code = 64


class NotRunningError(StackError):
    """There is no local AWS to ask."""

    code = 69


class DeploymentError(LocalError):
    """Terraform failed, or was not let near an account."""


class NotDeployedError(DeploymentError):
    """Terraform has not made it yet."""

    code = 69

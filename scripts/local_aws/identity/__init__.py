"""Who calls: credentials of roles, what they may, and a record of what they did."""


def install() -> None:
    """Replaces the emulator's functions."""

"""ECS and Step Functions: tasks that run, fail and end as those of Fargate."""


def install() -> None:
    """Replaces the emulator's functions."""

"""EventBridge and Lambda: asynchronous invocations with retries and a dead-letter queue."""


def install() -> None:
    """Replaces the emulator's functions."""

"""States, keys and settings that jobs, Lambdas and state machine share."""

from enum import StrEnum


class BatchState(StrEnum):
    """The life of a batch, in its row; FAILED goes back to WAITING when it is started again."""

    CLOSING = "CLOSING"
    SEALED = "SEALED"
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    FINISHING = "FINISHING"
    DONE = "DONE"
    FAILED = "FAILED"
    EMPTY = "EMPTY"


class FileState(StrEnum):
    """The life of a file version, in its row."""

    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    ARCHIVED = "ARCHIVED"
    REFUSED = "REFUSED"
    GONE = "GONE"


class Task(StrEnum):
    """The two tasks of an execution."""

    VALIDATE = "validate"
    TRANSFORM = "transform"


class Ending(StrEnum):
    """What the state machine tells cleanup."""

    SUCCESS = "SUCCESS"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    TRANSFORMATION_FAILED = "TRANSFORMATION_FAILED"


class ClosedBy(StrEnum):
    """Why a batch was closed."""

    THRESHOLD = "threshold"
    SIZE = "size"
    DEADLINE = "deadline"
    REQUEST = "request"


class Archive(StrEnum):
    """Where a file goes after its batch."""

    PROCESSED = "processed"
    INVALID = "invalid"

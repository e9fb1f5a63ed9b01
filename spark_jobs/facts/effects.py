"""Every side effect of the jobs by name: where a killed process may leave off.

The tests kill the process before and after each of them (`ORDERS_KILL_AT=before:merge_orders`, the
first time that it is reached; `before:publish_marts#3`, the third time).
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

KILL_VARIABLE = "ORDERS_KILL_AT"
_reached: Counter[str] = Counter()


class Effect(StrEnum):
    """What changes something that outlives the process, in the order of a run."""

    REGISTER_FILES = "register_files"
    WRITE_SPLIT = "write_split"
    WRITE_QUARANTINE = "write_quarantine"
    WRITE_VERDICT = "write_verdict"
    DRAW_FENCE = "draw_fence"
    CREATE_TABLES = "create_tables"
    OPEN_OUTBOX = "open_outbox"
    MERGE_PRODUCTS = "merge_products"
    MERGE_ORDERS = "merge_orders"
    MERGE_ORDER_ITEMS = "merge_order_items"
    REPAIR_ITEM_DAYS = "repair_item_days"
    KEEP_CHANGES = "keep_changes"
    PUBLISH_ORDER_KPIS = "publish_order_kpis"
    PUBLISH_CATEGORY_KPIS = "publish_category_kpis"
    PUBLISH_MARTS = "publish_marts"
    CLOSE_OUTBOX = "close_outbox"
    WRITE_HISTORY = "write_history"
    KEEP_VERDICT = "keep_verdict"
    CLOSE_BATCH = "close_batch"
    ARCHIVE_FILES = "archive_files"
    REMOVE_STAGED = "remove_staged"


class AwsEffect(StrEnum):
    """What only a run on AWS does besides; no local process can be killed there."""

    UPLOAD_STAGED = "upload_staged"
    LEAVE_VERDICT = "leave_verdict"
    KEEP_HISTORY = "keep_history"
    PUBLISH_ITEMS = "publish_items"
    DROP_HISTORY = "drop_history"
    LEAVE_OUTCOME = "leave_outcome"


@contextmanager
def performing(effect: Effect | AwsEffect) -> Iterator[None]:
    """Marks the enclosed statements as one named effect."""
    _kill_at(f"before:{effect}")
    yield
    _kill_at(f"after:{effect}")


def _kill_at(moment: str) -> None:
    wanted, _, number = os.environ.get(KILL_VARIABLE, "").partition("#")
    if wanted == moment:
        _reached[moment] += 1
        if _reached[moment] == int(number or 1):
            os.kill(os.getpid(), signal.SIGKILL)

"""The lake: each key once, the rows and quarantine of the oracle, nothing half done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.e2e.checker.expected import Expected
from tests.e2e.observed import Observed
from tests.oracle.shape import KEYS

_QUARANTINED = ("file_sha256", "dataset", "record")


def each_key_stands_once(observed: Observed, expected: Expected) -> Iterator[str]:
    """In orders, items and products; the same keys as the oracle's."""
    for dataset, key in KEYS.items():
        rows = observed.tables.get(dataset, [])
        found = Counter(row[key] for row in rows)
        yield from (f"{dataset} has {k!r} {n} times" for k, n in found.items() if n > 1)
        wanted = expected.result.rows[dataset]
        if len(found) != len(wanted):
            yield f"{dataset} has {len(found)} keys, the oracle {len(wanted)}"
        plain = {k for k in wanted if isinstance(k, str)}
        generated = {k for k in found if k.startswith("#")}
        for k in sorted(plain ^ (found.keys() - generated))[:5]:
            yield f"{dataset}: {k!r} is {'missing' if k in plain else 'not expected'}"


def each_quarantined_record_stands_once(observed: Observed, expected: Expected) -> Iterator[str]:
    """As many of each accepted file as the oracle sets apart, each with a reason."""
    rows = observed.tables.get("quarantine", [])
    each = Counter(tuple(row[name] for name in _QUARANTINED) for row in rows)
    yield from (f"quarantine has {record} {n} times" for record, n in each.items() if n > 1)
    yield from (f"quarantine: no reason for {row}" for row in rows if not row["violations"])
    found = Counter((row["file_sha256"], row["dataset"]) for row in rows)
    for content, counts in expected.counts.items():
        wanted = counts[2] if counts else 0
        if found.pop(content, 0) != wanted:
            yield f"quarantine: not the {wanted} records of {content}"
    yield from (
        f"quarantine: {n} records of {content}, never dropped" for content, n in found.items()
    )


def the_outbox_is_closed(observed: Observed, _: Expected) -> Iterator[str]:
    """Every day that changed is published."""
    for row in observed.tables.get("outbox", []):
        yield f"the outbox is open: {row['order_date']} {row['category']!r} of {row['batch_id']}"

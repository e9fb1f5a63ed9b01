"""The lake: each key once, the rows and quarantine of the oracle, nothing half done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

from tests.e2e.account import Row
from tests.e2e.checker.expected import Expected
from tests.e2e.observed import Observed
from tests.oracle.lake import stored
from tests.oracle.shape import KEYS
from tests.oracle.values import EPOCH

_QUARANTINED = ("file_sha256", "dataset", "record")
_MADE = "#"
"""How a key begins that stands in for a missing one."""
_SHOWN = 5


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
        generated = {k for k in found if k.startswith(_MADE)}
        for k in sorted(plain ^ (found.keys() - generated))[:5]:
            yield f"{dataset}: {k!r} is {'missing' if k in plain else 'not expected'}"


def each_row_is_the_oracles(observed: Observed, expected: Expected) -> Iterator[str]:
    """Value by value, what is computed and where the row came from, too."""
    for dataset, key in KEYS.items():
        wanted = stored(expected.result, dataset)
        if not wanted:
            continue
        names = tuple(next(iter(wanted.values())))
        values = itemgetter(*names)
        made: Counter[Any] = Counter()
        lines: list[str] = []
        for row in observed.tables.get(dataset, []):
            if row[key].startswith(_MADE):
                made[values(row)] += 1
            elif row[key] in wanted and values(row) != values(wanted[row[key]]):
                lines += _unlike(row[key], row, wanted[row[key]])
        ours = Counter(values(row) for k, row in wanted.items() if not isinstance(k, str))
        lines += [f"{_MADE}: {dict(zip(names, one, strict=True))}" for one in (made - ours)]
        lines += [f"{_MADE} is missing: {one}" for one in (ours - made)]
        yield from (f"{dataset}, {line}" for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"{dataset}: {len(lines) - _SHOWN} more differences from the oracle"


def _unlike(key: str, row: Row, wanted: Row) -> Iterator[str]:
    for name, value in wanted.items():
        if row[name] != value:
            yield f"{key!r}: {name} is {row[name]!r}, the oracle says {value!r}"


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


def each_quarantined_record_is_as_received(observed: Observed, expected: Expected) -> Iterator[str]:
    """Its number, text and violations; discarded where its key came rightly later."""
    wanted = {
        (*content, number): record
        for content, judged in expected.result.judged.items()
        if not judged.rejected
        for number, record in judged.bad_records.items()
    }
    for row in observed.tables.get("quarantine", []):
        place = tuple(row[name] for name in _QUARANTINED)
        record = wanted.pop(place, None)
        if record is None:
            yield f"quarantine has {place}, which the oracle accepts"
            continue
        codes = tuple(sorted(told.partition(":")[0] for told in row["violations"]))
        for what, told, value in (("text", row["raw"], record.raw), ("codes", codes, record.codes)):
            if told != value:
                yield f"quarantine, {place}: its {what} is {told!r}, the oracle says {value!r}"
    yield from (f"quarantine lacks {place}: {record.raw!r}" for place, record in wanted.items())


def each_quarantined_record_that_came_again_is_discarded(
    observed: Observed, expected: Expected
) -> Iterator[str]:
    """Where its key was accepted from a later file; no other event, for no case replays."""
    judged, last = expected.result.judged, dict[tuple[str, Any], datetime]()
    for (sha256, dataset), file in judged.items():
        at = expected.times[sha256, dataset]
        for row in file.rows:
            key = (dataset, row[KEYS[dataset]])
            last[key] = max(at, last.get(key, at))
    wanted = {
        (sha256, dataset, number, "discarded")
        for (sha256, dataset), file in judged.items()
        if not file.rejected
        for number, record in file.bad_records.items()
        if record.key is not None
        and last.get((dataset, record.key), EPOCH) > expected.times[sha256, dataset]
    }
    rows = observed.tables.get("quarantine_events", [])
    found = Counter(tuple(row[name] for name in (*_QUARANTINED, "event")) for row in rows)
    yield from (f"{event} stands there {n} times" for event, n in found.items() if n > 1)
    yield from (f"{event} is missing" for event in wanted - found.keys())
    yield from (f"{event}, which the oracle does not know" for event in found.keys() - wanted)


def the_outbox_is_closed(observed: Observed, _: Expected) -> Iterator[str]:
    """Every day that changed is published."""
    for row in observed.tables.get("outbox", []):
        yield f"the outbox is open: {row['order_date']} {row['category']!r} of {row['batch_id']}"

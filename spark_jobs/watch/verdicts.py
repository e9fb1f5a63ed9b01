"""A verdict in a few words, from its document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from spark_jobs.batch.notice import counted
from spark_jobs.facts.words import Verdict


def verdict_words(document: Mapping[str, Any]) -> str:
    """`2 of 3 files rejected; 62 records = 60 staged + 2 quarantined + 0 in rejected files`."""
    verdicts = Counter(file["verdict"] for file in document["files"])
    files = len(document["files"])
    said = [
        f"{verdicts[verdict]:,} {verdict}"
        for verdict in (Verdict.ACCEPTED, Verdict.PARTIAL, Verdict.REJECTED, Verdict.SKIPPED)
        if verdicts[verdict]
    ]
    totals = document["totals"]
    sums = (
        f"{totals['records']:,} records = {totals['staged']:,} staged + "
        f"{totals['quarantined']:,} quarantined + {totals['in_rejected_file']:,} in rejected files"
    )
    return f"{document['verdict']}: {counted(files, 'file')} ({', '.join(said)}); {sums}"


def files_words(datasets: Mapping[str, int]) -> str:
    """`3 files: 1 orders, 1 order_items, 1 products`."""
    by_name = ", ".join(f"{n:,} {name or 'of no folder'}" for name, n in sorted(datasets.items()))
    number = sum(datasets.values())
    return f"{counted(number, 'file')}: {by_name}" if number else "no file"

"""Mails: each says what became of its batch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.e2e.account import Row
from tests.e2e.checker.expected import Expected
from tests.e2e.mailbox import Mail
from tests.e2e.observed import Observed

OTHER_MAILS = "files not archived"
_FAILED = "FAILED"
_OPENINGS = {
    "accepted": "was accepted; ",
    "partial": "was accepted in part; ",
    "rejected": "was rejected: ",
}
_REJECTED = re.compile(r"([0-9,]+) of ([0-9,]+) files? rejected")
_QUARANTINED = re.compile(r"([0-9,]+) records? quarantined")
_NAMED = 20
"""Files at most that a mail names, the rejected ones first."""


def each_mail_says_what_became_of_its_batch(observed: Observed, _: Expected) -> Iterator[str]:
    """A failed run: what to type. The last: verdict, files rejected, records quarantined."""
    for row in observed.batches:
        batch_id, verdict = row["sk"], observed.verdicts.get(row["sk"])
        about = [
            mail
            for mail in observed.mails
            if f"batch {batch_id}" in mail.subject and OTHER_MAILS not in mail.subject
        ]
        failed = [mail for mail in about if _FAILED in mail.subject]
        for mail in failed:
            if f"--again {batch_id}" not in mail.text:
                yield f"{batch_id}: a mail that it failed does not say how to start it again"
        ended = [mail for mail in about if mail not in failed]
        if len(ended) != 1:
            yield f"{batch_id}: {len(ended)} mails tell its end, {len(failed)} that it failed"
        if verdict is not None:
            for mail in ended:
                yield from (f"{batch_id}: {wrong}" for wrong in _wrong(batch_id, verdict, mail))


def _wrong(batch_id: str, verdict: Row, mail: Mail) -> Iterator[str]:
    said, text = verdict["verdict"], mail.text
    if f": {said}, batch {batch_id}" not in mail.subject:
        yield f"it is {said}, its mail's subject is {mail.subject!r}"
    opening = f"Batch {batch_id} {_OPENINGS[said]}"
    if not text.startswith(opening):
        yield f"its mail begins with {text[:80]!r}, not with {opening!r}"
    files = verdict["files"]
    rejected = [file for file in files if file["verdict"] == "rejected"]
    wanted = {(f"{len(rejected):,}", f"{len(files):,}")} if rejected else set()
    if set(_REJECTED.findall(text)) != wanted:
        yield f"(files rejected, of) are {wanted}, its mail says {_REJECTED.findall(text)}"
    for file in rejected if len(rejected) <= _NAMED else ():
        if f"rejected: {file['name']} " not in text:
            yield f"its mail does not name {file['name']}, which is rejected"
    quarantined = verdict["totals"]["quarantined"]
    if set(_QUARANTINED.findall(text)) != ({f"{quarantined:,}"} if quarantined else set()):
        yield f"{quarantined} are quarantined, its mail says {_QUARANTINED.findall(text)}"

"""Batches: one at a time, none left over, one execution and one mail for each run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.e2e.checker.expected import Expected
from tests.e2e.checker.mails import OTHER_MAILS
from tests.e2e.observed import Observed

_GREEN, _REJECTED = "SUCCEEDED", "DataRejected"
_BATCH = re.compile(r"batch ([0-9]{8}T[0-9]{6}Z-[0-9]{6,})")


def all_is_at_rest(observed: Observed, _: Expected) -> Iterator[str]:
    """No lease, no closing, no task, no message; every batch DONE."""
    for kind, name in (("lease", "execution"), ("gate", "closing")):
        for row in observed.state.get(kind, []):
            if name in row:
                yield f"the {kind}'s row still has {name}: {row[name]}"
    for row in observed.batches:
        if row["state"] != "DONE":
            yield f"batch {row['sk']} is {row['state']}"
        if "waiting" in row:
            yield f"batch {row['sk']} is still in the list of what waits"
    yield from (f"{task} still runs" for task in observed.running_tasks)
    yield from (f"{n} messages are left: {queue}" for queue, n in observed.queues.items() if n)


def one_execution_for_each_run(observed: Observed, _: Expected) -> Iterator[str]:
    """Named after batch and run, ended; green only where something was acceptable."""
    wanted = {
        f"{row['sk']}-r{run + 1}" for row in observed.batches for run in range(int(row["run"]))
    }
    found = Counter(execution["name"] for execution in observed.executions)
    yield from (f"{name} was started {n} times" for name, n in found.items() if n > 1)
    yield from (f"{name} is missing" for name in wanted - found.keys())
    yield from (f"{name} belongs to no run" for name in found.keys() - wanted)
    outcomes = {f"{row['sk']}-r{row['run']}": row for row in observed.batches}
    for execution in observed.executions:
        name, status = execution["name"], execution["status"]
        if status == "RUNNING":
            yield f"{name} still runs"
        row = outcomes.get(name)
        if row is None:
            if status == _GREEN:
                yield f"{name} is green, but its batch was run again"
        elif status == _GREEN and row.get("transform_outcome") != "done":
            yield f"{name} is green, but its transform did not say done"
        elif execution.get("error") == _REJECTED and row.get("validate_outcome") != "rejected":
            yield f"{name} is rejected, but its validate said {row.get('validate_outcome')}"


def no_call_was_refused(observed: Observed, _: Expected) -> Iterator[str]:
    """No role tried what it may not, but where a case has seen to that."""
    yield from observed.refused


def one_mail_for_each_run(observed: Observed, _: Expected) -> Iterator[str]:
    """To the topic's queue, with the batch in its subject."""
    about = [_BATCH.search(mail.subject) for mail in observed.mails]
    told = Counter(
        found[1]
        for found, mail in zip(about, observed.mails, strict=True)
        if found and OTHER_MAILS not in mail.subject
    )
    for row in observed.batches:
        wanted = int(row["run"]) + observed.more_mails.get(row["sk"], 0)
        got = told.pop(row["sk"], 0)
        if got != wanted:
            yield f"batch {row['sk']} had {got} mails for {row['run']} runs, expected {wanted}"
    yield from (f"{n} mails are about {batch}, which is none" for batch, n in told.items())


def refused_files_are_told(observed: Observed, expected: Expected) -> Iterator[str]:
    """Some mail names each refused version's place in the archive; nothing good is refused."""
    yield from (f"{v.key} was refused, the oracle accepts it" for v in expected.refused_wrongly)
    texts = [mail.text for mail in observed.mails if "refused" in mail.subject]
    for (key, version_id), row in observed.files.items():
        refused = "reason" in row and row["state"] == "ARCHIVED" and "batch_id" not in row
        if refused and not any(version_id in text for text in texts):
            yield f"{key} ({version_id}) was refused, and no mail says so"

"""Faults on the way of a batch, by the check that must name each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.e2e.account import StoredObject
from tests.e2e.checker.stage import PARTIAL, REJECTED
from tests.e2e.mailbox import Mail
from tests.e2e.observed import Observed

Fault = Callable[[Observed], Any]


def batch(observed: Observed, batch_id: str = PARTIAL) -> dict[str, Any]:
    (row,) = [row for row in observed.state["batch"] if row["sk"] == batch_id]
    return row


def file(observed: Observed, number: int = 0) -> dict[str, Any]:
    row: dict[str, Any] = observed.state["file"][number]
    return row


def told(observed: Observed, number: int = 0) -> dict[str, Any]:
    row: dict[str, Any] = observed.verdicts[PARTIAL]["files"][number]
    return row


def move_to_invalid(observed: Observed) -> None:
    target = file(observed)["archived_to"]
    other = target.replace("/processed/", "/invalid/")
    file(observed)["archived_to"] = other
    observed.contents[other] = observed.contents.pop(target)
    observed.archive[0] = StoredObject(other, "v1", 1, "etag")


def refuse(observed: Observed) -> None:
    """A good file is no batch's."""
    row = file(observed)
    del row["batch_id"]
    row["reason"] = "its name"
    observed.mails.append(Mail("order-pipeline: 1 file refused", f"at {row['version_id']}"))


def unread(observed: Observed, **said: Any) -> None:
    """No record of a good file was read, and the sums say so."""
    good, totals = told(observed, 1), observed.verdicts[PARTIAL]["totals"]
    for name in ("records", "staged"):
        totals[name] -= good[name]
        good[name] = 0
    good.update(said)


def call_gone(observed: Observed) -> None:
    """A good file is rejected, for it is said to have been removed before it was read."""
    unread(observed, verdict="rejected", sha256="that names the version")


def skip(observed: Observed) -> None:
    """A new content is said to have come before."""
    unread(observed, verdict="skipped")


def come_again(observed: Observed) -> None:
    """A content comes again, a minute later, and takes that time."""
    first = observed.dropped[0]
    later = first.at + timedelta(minutes=1)
    observed.dropped.append(replace(first, version_id="v-again", at=later))
    again = {"version_id": "v-again", "received_at": later.isoformat(timespec="seconds")}
    observed.state["file"].append(file(observed) | again)
    observed.state["content"][0]["received_at"] = later.isoformat()


def say(observed: Observed, number: int, *, old: str, new: str) -> None:
    """Another word in a mail."""
    mail = observed.mails[number]
    subject, text = (part.replace(old, new) for part in (mail.subject, mail.text))
    assert (subject, text) != (mail.subject, mail.text)
    observed.mails[number] = Mail(subject, text)


FAULTS: dict[str, list[Fault]] = {
    "all_is_at_rest": [
        lambda o: o.state["lease"][0].update(execution=f"{PARTIAL}-r1"),
        lambda o: o.state["gate"][0].update(closing=PARTIAL),
        lambda o: batch(o).update(state="FAILED"),
        lambda o: batch(o).update(waiting=PARTIAL),
        lambda o: o.queues.update(gate=1),
        lambda o: o.running_tasks.append("arn:task"),
    ],
    "landing_is_empty": [
        lambda o: o.landing.append(StoredObject("landing/orders/a.csv", "v", 9, "etag")),
    ],
    "each_version_has_its_row": [
        lambda o: o.state["file"].pop(),
        lambda o: o.state["file"].append(dict(file(o))),
        lambda o: file(o).update(state="CLAIMED"),
        lambda o: o.dropped.pop(),
    ],
    "each_version_is_archived_once": [
        lambda o: o.archive.pop(0),
        lambda o: o.archive.append(o.archive[0]),
        lambda o: o.archive.append(StoredObject("archive/processed/x", "v", 1, "etag")),
        lambda o: o.contents.update({o.archive[0].key: "other bytes"}),
        lambda o: file(o).update(archived_to=file(o, 1)["archived_to"]),
        move_to_invalid,
    ],
    "each_version_is_in_one_manifest": [
        lambda o: o.manifests[PARTIAL]["files"].pop(),
        lambda o: o.manifests[REJECTED]["files"].append(o.manifests[PARTIAL]["files"][0]),
        lambda o: o.manifests[PARTIAL]["files"].append({"key": "k", "version_id": "v"}),
    ],
    "one_execution_for_each_run": [
        lambda o: o.executions.pop(),
        lambda o: o.executions.append(o.executions[0]),
        lambda o: o.executions.append(o.executions[0] | {"name": f"{PARTIAL}-r2"}),
        lambda o: o.executions[0].update(status="RUNNING"),
        lambda o: o.executions[1].update(status="SUCCEEDED"),
        lambda o: o.executions[0].update(status="FAILED", error="DataRejected"),
    ],
    "one_mail_for_each_run": [
        lambda o: o.mails.pop(0),
        lambda o: o.mails.append(o.mails[0]),
        lambda o: o.mails.append(Mail("accepted, batch 20260601T080000Z-000009", "")),
    ],
    "refused_files_are_told": [lambda o: o.mails.pop(), refuse],
    "no_call_was_refused": [
        lambda o: o.refused.append("gate: sqs:ReceiveMessage on arn:queue, at 2026-06-01T08:00"),
    ],
    "each_mail_says_what_became_of_its_batch": [
        lambda o: say(o, 0, old=": partial,", new=": accepted,"),
        lambda o: say(o, 0, old="accepted in part;", new="accepted;"),
        lambda o: say(o, 0, old="1 record quarantined", new="2 records quarantined"),
        lambda o: say(o, 0, old="1 record quarantined", new="all is well"),
        lambda o: say(o, 1, old="was rejected: ", new="was accepted; "),
        lambda o: say(o, 1, old="3 of 3 files", new="2 of 3 files"),
        lambda o: say(o, 1, old="rejected: landing/products", new="rejected: landing/others"),
        lambda o: say(o, 0, old="1 day changed", new="1 of 3 files rejected"),
        lambda o: say(o, 0, old=": partial,", new=": FAILED in transform,"),
        lambda o: o.mails.append(Mail(f"order-pipeline: FAILED in validate, batch {PARTIAL}", "")),
    ],
    "each_verdict_adds_up": [
        lambda o: told(o).update(staged=29),
        lambda o: o.verdicts[PARTIAL]["totals"].update(records=1),
        lambda o: o.verdicts[REJECTED]["totals"].update(in_rejected_file=0, records=0),
    ],
    "each_verdict_names_its_manifest": [
        lambda o: o.verdicts.pop(REJECTED),
        lambda o: o.verdicts[PARTIAL]["files"].append(told(o)),
    ],
    "each_file_is_judged_as_by_the_oracle": [
        lambda o: told(o).update(staged=31, quarantined=0),
        lambda o: told(o, 1).update(verdict="partial"),
        lambda o: o.verdicts[PARTIAL].update(verdict="accepted"),
        lambda o: told(o).update(verdict="skipped"),
        lambda o: o.verdicts[REJECTED]["files"].append(told(o)),
        call_gone,
        skip,
        lambda o: told(o).update(dataset="products"),
    ],
    "each_content_has_a_time_of_its_own": [
        lambda o: o.state["content"][0].update(received_at="2026-06-01T07:59:59+00:00"),
        lambda o: o.state["content"].pop(),
        lambda o: o.state["content"].append(o.state["content"][0] | {"sk": "of no file#orders"}),
        come_again,
    ],
    "each_receipt_adds_up": [
        lambda o: o.tables["received_files"][0].update(stored=1),
        lambda o: o.tables["received_files"].append(o.tables["received_files"][0]),
        lambda o: o.tables["received_files"].pop(0),
        lambda o: o.tables["batches"][0].update(superseded=1),
        lambda o: o.tables["batches"][0].update(stored=None),
        lambda o: o.tables["received_files"][0].update(stored=None),
    ],
    "each_receipt_is_the_oracles": [
        lambda o: o.tables["received_files"][0].update(staged=0, stored=0),
        lambda o: o.tables["received_files"][1].update(stored=0, identical=30),
        lambda o: o.tables["received_files"][1].update(stored=29, superseded=1),
        lambda o: o.tables["received_files"][0].update(quarantined=0),
        lambda o: o.tables["received_files"][0].update(verdict="accepted"),
        lambda o: o.tables["received_files"][0].update(file_sha256="of no file"),
    ],
    "each_batch_is_in_the_history": [
        lambda o: o.tables["batches"].pop(),
        lambda o: o.tables["batches"].append(o.tables["batches"][0]),
        lambda o: o.tables["batches"][0].update(staged=0, stored=0),
        lambda o: o.tables["batches"][0].update(verdict="accepted"),
        lambda o: o.tables["batches"][1].update(in_rejected_files=0),
    ],
}

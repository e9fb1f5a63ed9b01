"""The checker names every fault, planted one at a time into an account that is as it must be."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.account import StoredObject
from tests.e2e.checker import CHECKS, complaints
from tests.e2e.checker.expected import Judge
from tests.e2e.checker.stage import PARTIAL, REJECTED, healthy
from tests.e2e.mailbox import Mail
from tests.e2e.observed import Observed

Fault = Callable[[Observed], Any]
ORDER, CATEGORY = "order_kpi_table", "category_kpi_table"


def batch(observed: Observed, batch_id: str = PARTIAL) -> dict[str, Any]:
    (row,) = [row for row in observed.state["batch"] if row["sk"] == batch_id]
    return row


def file(observed: Observed, number: int = 0) -> dict[str, Any]:
    row: dict[str, Any] = observed.state["file"][number]
    return row


def told(observed: Observed, number: int = 0) -> dict[str, Any]:
    row: dict[str, Any] = observed.verdicts[PARTIAL]["files"][number]
    return row


def changed_day(observed: Observed) -> dict[str, Any]:
    row: dict[str, Any] = observed.changes[PARTIAL]["days"][0]
    return row


def move_to_invalid(observed: Observed) -> None:
    target = file(observed)["archived_to"]
    other = target.replace("/processed/", "/invalid/")
    file(observed)["archived_to"] = other
    observed.contents[other] = observed.contents.pop(target)
    observed.archive[0] = StoredObject(other, "v1", 1, "etag")


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
        lambda o: o.executions.append({"name": f"{PARTIAL}-r2", "status": "SUCCEEDED"}),
        lambda o: o.executions[0].update(status="RUNNING"),
        lambda o: o.executions[1].update(status="SUCCEEDED"),
        lambda o: o.executions[0].update(status="FAILED", error="DataRejected"),
    ],
    "one_mail_for_each_run": [
        lambda o: o.mails.pop(0),
        lambda o: o.mails.append(o.mails[0]),
        lambda o: o.mails.append(Mail("accepted, batch 20260601T080000Z-000009", "")),
    ],
    "refused_files_are_told": [lambda o: o.mails.pop()],
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
    ],
    "each_content_has_a_time_of_its_own": [
        lambda o: o.state["content"][0].update(received_at="2026-06-01T07:59:59+00:00"),
    ],
    "each_receipt_adds_up": [
        lambda o: o.tables["received_files"][0].update(stored=1),
        lambda o: o.tables["received_files"].append(o.tables["received_files"][0]),
        lambda o: o.tables["received_files"].pop(0),
        lambda o: o.tables["batches"][0].update(superseded=1),
    ],
    "each_batch_is_in_the_history": [
        lambda o: o.tables["batches"].pop(),
        lambda o: o.tables["batches"].append(o.tables["batches"][0]),
    ],
    "each_key_stands_once": [
        lambda o: o.tables["orders"].append(o.tables["orders"][0]),
        lambda o: o.tables["order_items"].pop(),
        lambda o: o.tables["products"][0].update(product_id="another"),
    ],
    "each_quarantined_record_stands_once": [
        lambda o: o.tables["quarantine"].pop(),
        lambda o: o.tables["quarantine"].append(o.tables["quarantine"][0]),
        lambda o: o.tables["quarantine"][0].update(violations=[]),
        lambda o: o.tables["quarantine"][0].update(file_sha256="of no file"),
    ],
    "the_outbox_is_closed": [
        lambda o: o.tables["outbox"].append(
            {"order_date": "2024-01-02", "category": "", "batch_id": PARTIAL}
        ),
    ],
    "items_equal_the_oracle": [
        lambda o: o.items[ORDER][0].update(total_revenue=Decimal("300.01")),
        lambda o: o.items[CATEGORY].pop(),
        lambda o: o.items[ORDER].append(o.items[ORDER][0] | {"order_date": "2024-01-09"}),
    ],
    "items_equal_the_lake": [
        lambda o: o.tables[ORDER].append(o.tables[ORDER][0]),
        lambda o: o.tables[CATEGORY][0].update(net_revenue=Decimal(1)),
        lambda o: o.items[CATEGORY][0].update(updated_at="2026-06-01T08:00:02.000000Z"),
    ],
    "marts_add_up": [
        lambda o: o.tables["product_daily"].append(o.tables["product_daily"][0]),
        lambda o: o.tables["category_daily"][0].update(net_revenue=Decimal(1)),
        lambda o: o.tables["region_daily"].pop(),
    ],
    "stamps_are_sane": [
        lambda o: o.items[ORDER][0].update(batch_id="20260601T080000Z-000009"),
        lambda o: o.items[ORDER][0].update(version=99),
    ],
    "each_transform_kept_its_changes": [
        lambda o: o.changes.clear(),
        lambda o: o.changes.update({REJECTED: o.changes[PARTIAL] | {"batch_id": REJECTED}}),
        lambda o: o.changes[PARTIAL].update(batch_id=REJECTED),
        lambda o: o.changes[PARTIAL]["days"].append(changed_day(o) | {"order_date": "2024-01-02"}),
        lambda o: o.mails.pop(0),
    ],
    "each_day_was_told_as_it_is": [
        lambda o: o.changes[PARTIAL]["days"].clear(),
        lambda o: changed_day(o)["after"].update(total_revenue="300.01"),
        lambda o: changed_day(o).update(after=None),
        lambda o: o.items[ORDER].clear(),
        lambda o: o.items[ORDER][0].update(batch_id=REJECTED),
    ],
    "each_category_was_told_as_it_is": [
        lambda o: o.changes[PARTIAL]["categories"].clear(),
        lambda o: o.changes[PARTIAL]["categories"][0].update(days=2),
        lambda o: o.changes[PARTIAL]["categories"][0].update(revenue_before="0.01"),
        lambda o: o.items[CATEGORY][0].update(daily_revenue=Decimal("300.01")),
        lambda o: o.items[CATEGORY][0].update(batch_id=REJECTED),
    ],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    return healthy(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def observed(made: Observed) -> Observed:
    """An account as it must be, to be broken by one test."""
    return copy.deepcopy(made)


def test_an_account_that_is_as_it_must_be_has_no_complaint(observed: Observed) -> None:
    assert complaints(observed, Judge()) == []


def test_every_check_is_broken_by_some_fault() -> None:
    assert {check.__name__ for check in CHECKS} == FAULTS.keys()


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        pytest.param(check, fault, id=f"{check}-{number}")
        for check, faults in FAULTS.items()
        for number, fault in enumerate(faults)
    ],
)
def test_a_fault_is_named_by_its_check(check: str, fault: Fault, observed: Observed) -> None:
    fault(observed)
    named = {complaint.partition(":")[0] for complaint in complaints(observed, Judge())}
    assert check in named

"""Faults in the lake's tables and the KPIs, by the check that must name each."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.e2e.checker.faults import Fault, file
from tests.e2e.checker.stage import PARTIAL, REJECTED
from tests.e2e.observed import Observed

ORDER, CATEGORY = "order_kpi_table", "category_kpi_table"


def changed_day(observed: Observed) -> dict[str, Any]:
    row: dict[str, Any] = observed.changes[PARTIAL]["days"][0]
    return row


def move_an_order(observed: Observed) -> None:
    """To another customer, whom nobody counts twice."""
    observed.tables["orders"][0]["customer_id"] += "0"


def accept_later(observed: Observed) -> None:
    """The key of the quarantined record comes again, and is accepted."""
    first = observed.dropped[0]
    header, *_, bad = first.content.read_text().splitlines()
    content = first.content.with_name("later")
    number = header.split(",").index("user_id")
    given = [*bad.split(",")]
    given[number] = "7"
    content.write_text(f"{header}\n{','.join(given)}\n")
    sha256, later = hashlib.sha256(content.read_bytes()).hexdigest(), first.at + timedelta(hours=1)
    observed.dropped.append(
        replace(first, version_id="later", sha256=sha256, content=content, at=later)
    )
    observed.state["file"].append(file(observed) | {"version_id": "later"})


LAKE_FAULTS: dict[str, list[Fault]] = {
    "each_key_stands_once": [
        lambda o: o.tables["orders"].append(o.tables["orders"][0]),
        lambda o: o.tables["order_items"].pop(),
        lambda o: o.tables["products"][0].update(product_id="another"),
    ],
    "each_row_is_the_oracles": [
        move_an_order,
        lambda o: o.tables["orders"][0].update(status="processing"),
        lambda o: o.tables["orders"][0].update(shipped_at=o.tables["orders"][0]["ordered_at"]),
        lambda o: o.tables["orders"][0].update(order_date=None),
        lambda o: o.tables["orders"][0].update(file_sha256="of another file"),
        lambda o: o.tables["order_items"][0].update(quantity=2),
        lambda o: o.tables["order_items"][0].update(unit_price=Decimal("10.01")),
        lambda o: o.tables["order_items"][0].update(total_price=Decimal("10.01")),
        lambda o: o.tables["order_items"][0].update(order_month="2019-02"),
        lambda o: o.tables["order_items"].append(
            o.tables["order_items"][0] | {"order_item_id": "#1/1/1"}
        ),
        lambda o: o.tables["products"][0].update(category="Another"),
        lambda o: o.tables["products"][0].update(record=2),
    ],
    "each_quarantined_record_is_as_received": [
        lambda o: o.tables["quarantine"][0].update(record=1),
        lambda o: o.tables["quarantine"][0].update(raw="1,,,"),
        lambda o: o.tables["quarantine"][0].update(violations=["not_a_time: …"]),
        lambda o: o.tables["quarantine"][0]["violations"].append("not_a_time: …"),
        lambda o: o.tables["quarantine"].pop(),
    ],
    "each_quarantined_record_that_came_again_is_discarded": [
        lambda o: o.tables["quarantine_events"].append(
            o.tables["quarantine"][0] | {"event": "discarded"}
        ),
        accept_later,
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
    "marts_equal_the_oracle": [
        lambda o: o.tables["product_daily"][0].update(product_id="another"),
        lambda o: o.tables["product_daily"][0].update(units_sold=31),
        lambda o: o.tables["product_daily"].append(o.tables["product_daily"][0]),
        lambda o: o.tables["category_daily"][0].update(region="North"),
        lambda o: o.tables["category_daily"][0].update(orders=29),
        lambda o: o.tables["region_daily"][0].update(cancelled_orders=1),
        lambda o: o.tables["fulfilment_daily"].pop(),
        lambda o: o.tables["fulfilment_daily"][0].update(median_hours=Decimal("0.01")),
        lambda o: o.tables["fulfilment_daily"][0].update(finished=0),
    ],
    "stamps_are_sane": [
        lambda o: o.items[ORDER][0].update(batch_id=REJECTED),
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
